using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>IDs that a store could take for one another: by case, or as numbers in hexadecimal.</summary>
public abstract class SimilarIdTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    [Theory]
    [InlineData("cafe", "CAFE")]
    [InlineData("similar_set", "Similar_Set")]
    public async Task IDs_that_differ_by_case_only_are_records_of_their_own(string one, string other)
    {
        foreach (var set in new[] { one, other })
        {
            (await _api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = set, title = $"title of {set}" } })).RequireOk();
            await _api.PublishAsync($"{set}__a", $"@DFF.API('F', tags=['{set}'])\ndef f():\n    return '{set}'\n");
        }

        foreach (var set in new[] { one, other })
        {
            ((string?)(await _api.GetAsync($"/api/v1/script-sets/do/list?id={set}")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!["title"]).Should().Be($"title of {set}");
            ((string?)(await _api.CallAsync($"{set}__a.f")).RequireOk().Data!["result"]).Should().Be(set);
            ((string?)(await _api.GetAsync($"/api/v1/funcs/do/list?tags={set}")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!["id"]).Should().Be($"{set}__a.f");
        }

        (await _api.GetAsync($"/api/v1/script-sets/{other}/do/delete")).RequireOk();

        (await _api.CallAsync($"{other}__a.f")).Status.Should().Be(HttpStatusCode.NotFound);
        ((string?)(await _api.CallAsync($"{one}__a.f")).RequireOk().Data!["result"]).Should().Be(one, "its scripts are those of another set");
    }

    [Fact]
    public async Task IDs_that_read_as_the_same_number_are_records_of_their_own()
    {
        await _api.PublishAsync("similar__a", "@DFF.API('F')\ndef f(x):\n    return x\n");
        string[] ids = ["face", "FACE", "0face", "00FACE"];
        foreach (var id in ids)
        {
            await _api.AddLinkAsync(id, "similar__a.f", new { x = id }, new { byDay = 1 });
            await _api.AddBatchAsync(id, "similar__a.f", new { x = id });
        }

        foreach (var id in ids)
        {
            (await _api.GetAsync($"/api/v1/al/{id}")).RequireOk().Text.Should().Be(id, "each link has its own limit too");
            ((string?)(await _api.GetAsync($"/api/v1/batches/do/list?id={id}")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!["funcCallKwargsJSON"]!["x"]).Should().Be(id);
        }

        foreach (var id in ids) (await _api.GetAsync($"/api/v1/al/{id}")).Reason.Should().Be("EBizCondition.AuthLinkThrottling");
    }

    public sealed class OnSqlite(SqliteSilo silo) : SimilarIdTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : SimilarIdTests(silo);
}
