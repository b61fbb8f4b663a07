using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What administrators change while the system runs.</summary>
public abstract class SystemConfigTests(SiloUnderTest under)
{
    private const string Map = "_WORKER_CONCURRENCY_MAP";
    private const int Queue = 6;

    private readonly ApiClient _api = under.Api;

    [Fact]
    public async Task More_and_fewer_processes_of_a_queue_are_in_force_when_it_is_answered()
    {
        await _api.PublishAsync("configs__a", $"import time\n@DFF.API('Sleep', queue={Queue})\ndef sleep():\n    time.sleep(0.3)\n");
        await SetAsync(Map, $$"""{"{{Queue}}": 1}""");
        await MostAtOnceAsync(1, 6);

        await SetAsync(Map, $$"""{"{{Queue}}": 4}""");
        await MostAtOnceAsync(4, 24);

        await SetAsync(Map, $$"""{"{{Queue}}": 2}""");
        await MostAtOnceAsync(2, 10);

        (await _api.GetAsync($"/api/v1/system-configs/{Map}/do/delete")).RequireOk();
        await MostAtOnceAsync(10, 60);
    }

    [Fact]
    public async Task A_value_that_cannot_be_used_is_refused_by_name_and_changes_nothing()
    {
        foreach (var (id, value, why) in ((string, string, string)[])
        [
            (Map, "{", "JSON object"), (Map, "[]", "JSON object"), (Map, "null", "JSON object"), (Map, """{"10": 3}""", "queue 10"), (Map, """{"1": 0}""", "queue 1"), (Map, """{"1": 1001}""", "1001"),
            ("_WORKER_CONCURRENCY", "0", "1 to 1000"), ("_WORKER_CONCURRENCY", "many", "whole number"), ("_WORKER_CONCURRENCY", "", "whole number"),
            ("_DBDATA_TABLE_LIMIT_MAP", """{"users": 3}""", "users"), ("_DBDATA_TABLE_LIMIT_MAP", """{"biz_main_batch_task_info": -1}""", "-1"),
        ])
        {
            var refused = await _api.PostAsync($"/api/v1/system-configs/{id}/do/set", new { data = new { value } });
            (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, "data.value"), value);
            ((string?)refused.Json["message"]).Should().Contain(why);
            (await _api.GetAsync($"/api/v1/system-configs/{id}/do/get")).Status.Should().Be(HttpStatusCode.NotFound);
        }

        (await _api.PostAsync("/api/v1/system-configs/a%20b/do/set", new { data = new { value = "x" } })).Status.Should().Be(HttpStatusCode.BadRequest);
        (await _api.PostAsync("/api/v1/system-configs/mine/do/set", new { data = new { value = 3 } })).Status.Should().Be(HttpStatusCode.BadRequest);
        (await _api.GetAsync("/api/v1/system-configs/none/do/delete")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Any_other_ID_keeps_its_text()
    {
        var id = $"ui.{Guid.NewGuid():N}";
        await SetAsync(id, "first");
        await SetAsync(id, """{"not": "read"}""");

        var listed = (await _api.GetAsync($"/api/v1/system-configs/do/list?id={id}")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!;
        ((string?)listed["id"], (string?)listed["value"]).Should().Be((id, """{"not": "read"}"""));
        (await _api.GetAsync($"/api/v1/system-configs/{id}/do/delete")).RequireOk();
        (await _api.GetAsync($"/api/v1/system-configs/do/list?id={id}")).RequireOk().Data!.AsArray().Should().BeEmpty();
    }

    private async Task SetAsync(string id, string value) => (await _api.PostAsync($"/api/v1/system-configs/{id}/do/set", new { data = new { value } })).RequireOk();

    /// <summary>Queues tasks and looks how many run at once.</summary>
    private async Task MostAtOnceAsync(int expected, int tasks)
    {
        var queued = await Task.WhenAll(Enumerable.Range(0, tasks).Select(_ => _api.CallAsync("configs__a.sleep", new { }, new { execMode = "async" })));
        var most = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                var queue = (await _api.GetAsync("/api/v1/worker-queues/do/list")).RequireOk().Data!.AsArray()[Queue]!;
                most = Math.Max(most, (int)queue["running"]!);
                return (int)queue["running"]! + (int)queue["ready"]! == 0;
            },
            "the tasks are done");
        queued.Should().OnlyContain(answer => answer.IsOk);
        most.Should().Be(expected);
    }

    public sealed class OnSqlite(SqliteSilo silo) : SystemConfigTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : SystemConfigTests(silo);
}
