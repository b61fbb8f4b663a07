using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>What one node has answered holds on all of them.</summary>
[Collection(typeof(SteadyClusterTests))]
public sealed class InForceTests(SteadyCluster steady)
{
    private readonly TestCluster _cluster = steady.Nodes;

    [Fact]
    public async Task After_a_publish_answers_every_silo_runs_the_new_code()
    {
        await _cluster[0].Api.PublishAsync("fresh__lib", "def v():\n    return 0\n");
        await _cluster[0].Api.PublishAsync("fresh__a", "import fresh__lib\n@DFF.API('F')\ndef f():\n    return fresh__lib.v()\n");
        await _cluster[0].Api.AddLinkAsync("auln-fresh", "fresh__a.f", new { });
        for (var round = 1; round <= 100; round++)
        {
            await _cluster[round % 3].Api.PublishAsync("fresh__lib", $"def v():\n    return {round}\n");
            var answers = await Task.WhenAll(_cluster.Silos.Select(silo => silo.Api.GetAsync("/api/v1/al/fresh")));
            answers.Select(answer => answer.Text).Should().AllBe(round.ToString(System.Globalization.CultureInfo.InvariantCulture), $"round {round}");
        }
    }

    [Fact]
    public async Task Changes_of_links_batches_variables_and_sessions_are_in_force_everywhere_when_they_answer()
    {
        using var a = _cluster[0].Api.Stranger();
        await a.SignInAsync(SiloProcess.Username, SiloProcess.Password);
        var b = _cluster[1].Api;
        await a.PublishAsync("force__a", "@DFF.API('F')\ndef f():\n    return DFF.ENV('force_v')\n");
        await a.AddLinkAsync("auln-force", "force__a.f", new { });
        await a.AddBatchAsync("bat-force", "force__a.f", new { });
        (await b.GetAsync("/api/v1/al/force")).Text.Should().Be("null");
        (await a.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "force_v", valueTEXT = "one" } })).RequireOk();
        (await b.GetAsync("/api/v1/al/force")).Text.Should().Be("one");
        for (var round = 0; round < 10; round++)
        {
            (await a.PostAsync("/api/v1/env-variables/force_v/do/modify", new { data = new { valueTEXT = $"v{round}" } })).RequireOk();
            (await b.GetAsync("/api/v1/al/force")).Text.Should().Be($"v{round}");
            (await b.PostAsync("/api/v1/auth-links/auln-force/do/modify", new { data = new { isDisabled = true } })).RequireOk();
            (await a.GetAsync("/api/v1/al/force")).Reason.Should().Be("EBizCondition.AuthLinkDisabled");
            (await a.PostAsync("/api/v1/auth-links/auln-force/do/modify", new { data = new { isDisabled = false } })).RequireOk();
            (await a.GetAsync("/api/v1/bat/force")).RequireOk();
            (await b.PostAsync("/api/v1/batches/bat-force/do/modify", new { data = new { isDisabled = true } })).RequireOk();
            (await a.GetAsync("/api/v1/bat/force")).Reason.Should().Be("EBizCondition.BatchDisabled");
            (await a.PostAsync("/api/v1/batches/bat-force/do/modify", new { data = new { isDisabled = false } })).RequireOk();
            (await b.GetAsync("/api/v1/bat/force")).RequireOk();
        }

        using var other = new ApiClient(b.Http.BaseAddress!) { Token = a.Token };
        (await other.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
        (await a.GetAsync("/api/v1/auth/do/sign-out")).RequireOk();
        (await other.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserAuth");
    }

    [Fact]
    public async Task Throttling_counts_over_the_whole_cluster()
    {
        await _cluster[0].Api.PublishAsync("limit__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        await _cluster[0].Api.AddLinkAsync("auln-limit", "limit__a.f", new { }, new { bySecond = 10 });
        var admitted = new System.Collections.Concurrent.ConcurrentDictionary<long, int>();
        var end = DateTimeOffset.UtcNow.AddSeconds(5);

        await Task.WhenAll(Enumerable.Range(0, 9).Select(async caller =>
        {
            while (DateTimeOffset.UtcNow < end)
            {
                var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
                var answer = await _cluster[caller % 3].Api.GetAsync("/api/v1/al/limit");
                var after = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
                // Only calls that lie whole in one second say which window counted them.
                if (answer.IsOk && before == after) admitted.AddOrUpdate(before, 1, (_, count) => count + 1);
                if (!answer.IsOk) answer.Reason.Should().Be("EBizCondition.AuthLinkThrottling");
            }
        }));

        admitted.Values.Should().OnlyContain(count => count <= 10);
        admitted.Values.Max().Should().BeGreaterThan(5, "the limit is used");
    }
}
