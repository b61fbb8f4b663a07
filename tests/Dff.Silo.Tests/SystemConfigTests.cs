using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What administrators change while the system runs.</summary>
public abstract class SystemConfigTests(SiloUnderTest under)
{
    private const string Map = "_WORKER_CONCURRENCY_MAP";

    private readonly ApiClient _api = under.Api;

    [Fact]
    public async Task More_and_fewer_processes_of_a_queue_are_in_force_when_it_is_answered()
    {
        await TaskLedger.PublishAsync(_api);
        await SetAsync(Map, """{"9": 1}""");
        await MostAtOnceAsync(1, 5);

        await SetAsync(Map, """{"9": 4}""");
        await MostAtOnceAsync(4, 24);

        await SetAsync(Map, """{"9": 2}""");
        await MostAtOnceAsync(2, 8);

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
        }

        (await _api.GetAsync("/api/v1/system-configs/_WORKER_CONCURRENCY/do/get")).Status.Should().Be(HttpStatusCode.NotFound);

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

    private async Task MostAtOnceAsync(int expected, int tasks)
    {
        using var ledger = new TaskLedger();
        await ledger.EnqueueManyAsync(_api, tasks, seconds: 0.3);
        await ledger.FinishAllAsync(_api);
        ledger.MostAtOnce.Should().Be(expected);
    }

    public sealed class OnSqlite(SqliteSilo silo) : SystemConfigTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : SystemConfigTests(silo);
}
