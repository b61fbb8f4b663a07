using System.Diagnostics;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>Several silo processes as one system.</summary>
public sealed class ClusterTests(Servers servers)
{
    [Fact]
    public async Task A_silo_that_dies_stops_the_others_no_longer_than_membership_needs()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 3);
        await cluster[0].Api.PublishAsync("die__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        await cluster[0].Api.AddLinkAsync("auln-die", "die__a.f", new { });
        // Grains are spread over the silos; with so many of them the dead one had some.
        var limited = Enumerable.Range(0, 12).Select(number => $"dielimit{number}").ToList();
        foreach (var link in limited)
        {
            await cluster[2].Api.AddLinkAsync($"auln-{link}", "die__a.f", new { }, new { byDay = 1000000 });
            (await cluster[2].Api.GetAsync($"/api/v1/al/{link}")).RequireOk();
        }

        await cluster[2].KillAsync();
        var died = Stopwatch.GetTimestamp();

        // A link without limits needs no grain: its calls on the others must not notice at all.
        foreach (var silo in cluster.Silos.Take(2)) (await silo.Api.GetAsync("/api/v1/al/die")).RequireOk();
        foreach (var silo in cluster.Silos.Take(2))
        {
            foreach (var link in limited) await Eventually.TrueAsync(() => IsAnsweredAsync(() => silo.Api.GetAsync($"/api/v1/al/{link}")), "grains of the dead silo answer again");
            await Eventually.TrueAsync(() => IsAnsweredAsync(() => silo.Api.PostAsync("/api/v1/scripts/die__a/do/modify", new { data = new { title = "still there" } })), "scripts can be changed again");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"all grains of the dead silo answered again after {Stopwatch.GetElapsedTime(died).TotalSeconds:0.0} s");
        await cluster[1].Api.PublishAsync("die__a", "@DFF.API('F')\ndef f():\n    return 2\n");
        foreach (var silo in cluster.Silos.Take(2)) (await silo.Api.GetAsync("/api/v1/al/die")).Text.Should().Be("2");
    }

    [Fact]
    public async Task Cached_values_are_the_same_on_all_nodes_and_lost_with_theirs()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2);
        await cluster[0].Api.PublishAsync("cached__a", "@DFF.API('Put')\ndef put(scope):\n    return DFF.CACHE.set('k', 'v', scope)\n@DFF.API('Read')\ndef read(scope):\n    return DFF.CACHE('k', scope)\n@DFF.API('Count')\ndef count():\n    return DFF.CACHE.incr('n')\n");
        // Each where it is put first.
        for (var node = 0; node < 2; node++) (await cluster[node].Api.CallAsync("cached__a.put", new { scope = $"of {node}" })).RequireOk();
        foreach (var silo in cluster.Silos)
            for (var node = 0; node < 2; node++) ((string?)(await silo.Api.CallAsync("cached__a.read", new { scope = $"of {node}" })).RequireOk().Data!["result"]).Should().Be("v");
        var counts = await Task.WhenAll(Enumerable.Range(0, 40).Select(async call => (int)(await cluster[call % 2].Api.CallAsync("cached__a.count")).RequireOk().Data!["result"]!));
        counts.Order().Should().Equal(Enumerable.Range(1, 40));

        await cluster[1].KillAsync();

        ((string?)(await cluster[0].Api.CallAsync("cached__a.read", new { scope = "of 0" })).RequireOk().Data!["result"]).Should().Be("v");
        await Eventually.TrueAsync(
            async () => await cluster[0].Api.CallAsync("cached__a.read", new { scope = "of 1" }) is { IsOk: true } answer && answer.Data!["result"] is null, "the scope of the dead node begins anew");
        (await cluster[0].Api.CallAsync("cached__a.put", new { scope = "of 1" })).RequireOk();
    }

    /// <summary>While the cluster changes over, an answer says so; nothing else may go wrong.</summary>
    private static async Task<bool> IsAnsweredAsync(Func<Task<ApiAnswer>> ask)
    {
        var answer = await ask();
        if (!answer.IsOk) (answer.Status, answer.Reason, answer.Headers.RetryAfter is not null).Should().Be((System.Net.HttpStatusCode.ServiceUnavailable, "ESys", true), answer.Text);
        return answer.IsOk;
    }

    [Fact]
    public async Task A_graceful_stop_under_load_fails_no_call()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 3);
        await cluster[0].Api.PublishAsync("load__a", "@DFF.API('F')\ndef f(x):\n    return x\n");
        await cluster[0].Api.AddLinkAsync("auln-load", "load__a.f", new { x = "FROM_PARAMETER" }, new { byDay = 100000000 });
        using var stop = new CancellationTokenSource();
        var failures = new System.Collections.Concurrent.ConcurrentBag<string>();
        var calls = 0;
        var load = Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var answer = await cluster[caller % 2].Api.GetAsync("/api/v1/al/load/simplified?x=hello");
                Interlocked.Increment(ref calls);
                if (answer.Text != "hello") failures.Add(answer.Text);
            }
        })).ToArray();
        await Eventually.TrueAsync(() => calls > 200, "there is load");

        (await cluster[2].StopAsync()).Should().Be(0);
        var afterStop = calls;
        await Eventually.TrueAsync(() => calls > afterStop + 200, "there is load after the stop");
        await stop.CancelAsync();
        await Task.WhenAll(load);

        failures.Should().BeEmpty();
    }

    [Fact]
    public async Task A_silo_that_serves_no_queue_hands_calls_on()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2, (0, "WORKER_QUEUES", "none"), (1, "WORKER_QUEUES", "1-9"));
        await cluster[0].Api.PublishAsync("hand__a", "@DFF.API('F')\ndef f():\n    return 'from the other'\n@DFF.API('G', queue=3)\ndef g():\n    return 3\n");

        ((string)(await cluster[0].Api.CallAsync("hand__a.f")).RequireOk().Data!["result"]!).Should().Be("from the other");
        ((int)(await cluster[0].Api.CallAsync("hand__a.g")).RequireOk().Data!["result"]!).Should().Be(3);
        await using var nowhere = await TestCluster.StartAsync(servers, 1, (0, "WORKER_QUEUES", "1,7"));
        await nowhere[0].Api.PublishAsync("hand__b", "@DFF.API('G', queue=3)\ndef g():\n    return 3\n");
        var refused = await nowhere[0].Api.CallAsync("hand__b.g");
        refused.Reason.Should().Be("ESys");
        ((string)refused.Json["message"]!).Should().Contain("queue 3");
    }

    [Fact]
    public async Task A_cluster_whose_first_node_runs_no_functions_is_set_up_all_the_same()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 1, (0, "WORKER_QUEUES", "none"));

        ((string?)(await cluster[0].Api.GetAsync("/api/v1/scripts/do/list?id=sample__first_steps")).RequireOk().Data![0]!["title"]).Should().Be("First steps");
        var refused = await cluster[0].Api.PostAsync("/api/v1/scripts/sample__first_steps/do/publish", new { });
        (refused.Reason, (string)refused.Json["message"]!).Should().Be(("ESys", "No node serves queue 7 (WORKER_QUEUES)"));
        var worker = await cluster.AddAsync();
        (await worker.Api.PostAsync("/api/v1/scripts/sample__first_steps/do/publish", new { })).RequireOk();
        (await cluster[0].Api.CallAsync("sample__first_steps.add", new { x = 1, y = 2 })).RequireOk();
    }

    [Fact]
    public async Task A_silo_without_the_web_role_runs_functions_and_answers_health_only()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2, (0, "ROLES", "web"), (1, "ROLES", "worker,scheduler"));
        await cluster[0].Api.PublishAsync("role__a", "@DFF.API('F')\ndef f():\n    return 'from the worker'\n");

        ((string)(await cluster[0].Api.CallAsync("role__a.f")).RequireOk().Data!["result"]!).Should().Be("from the worker");
        (await cluster[1].Api.IsReadyAsync()).Should().BeTrue();
        foreach (var path in new[] { "/api/v1/do/ping", "/api/v1/auth/do/sign-in", "/docs", "/openapi/v1.json", "/dashboard" })
            (await cluster[1].Api.GetAsync(path)).Status.Should().Be(System.Net.HttpStatusCode.NotFound, path);
    }

    [Fact]
    public async Task A_cluster_without_its_database_says_so_and_recovers()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 1);
        var api = cluster[0].Api;
        await api.PublishAsync("away__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        await api.AddLinkAsync("auln-away", "away__a.f", new { });

        await servers.MariaDb.KillAsync();
        try
        {
            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/al/away")).Reason == "ESysDB", "the node no longer trusts its memory");
            (await api.GetAsync("/api/v1/scripts/do/list")).Reason.Should().Be("ESysDB");
        }
        finally
        {
            await servers.MariaDb.RestartAsync();
        }

        await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/al/away")).Text == "1", "the node serves again");
        await api.PublishAsync("away__a", "@DFF.API('F')\ndef f():\n    return 2\n");
        (await api.GetAsync("/api/v1/al/away")).Text.Should().Be("2");
    }

    [Fact]
    public async Task A_node_with_another_secret_or_without_redis_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 1);
        using var directory = new TestDirectory();
        await using var stranger = SiloProcess.Launch(directory.Path, new Dictionary<string, string>(cluster.Settings) { ["SECRET"] = "another-secret-entirely" });
        await stranger.WaitForExitAsync();
        stranger.ExitCode.Should().Be(2);
        stranger.Output.Trim().Should().Contain("SECRET").And.NotContain("\n");

        var alone = cluster.Settings.Where(setting => !setting.Key.StartsWith("REDIS", StringComparison.Ordinal)).ToDictionary(setting => setting.Key, setting => setting.Value);
        alone["MYSQL_DATABASE"] = await servers.MariaDb.CreateDatabaseAsync();
        using var first = new TestDirectory();
        using var second = new TestDirectory();
        await using var owner = await SiloProcess.StartAsync(first.Path, alone);
        await using var other = SiloProcess.Launch(second.Path, alone);
        await other.WaitForExitAsync();
        other.ExitCode.Should().Be(2);
        other.Output.Should().Contain("another node uses this database");
    }
}
