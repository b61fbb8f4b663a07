using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What functions printed, how they failed, and what tasks answered.</summary>
public abstract class ScriptRecordTests(SiloUnderTest silo)
{
    private const string Code =
        """
        import os

        @DFF.API('Says')
        def say(text):
            print(text)
            return text

        @DFF.API('Fails')
        def fail(text):
            print('before ' + text)
            raise ValueError(text)

        @DFF.API('Is silent')
        def silent(x=1):
            return x

        @DFF.API('Takes too long', timeout=1)
        def late():
            while True:
                pass

        @DFF.API('Ends its process')
        def leave():
            os._exit(3)

        @DFF.API('Answers much')
        def much():
            return 'x' * 100_000
        """;

    private readonly ApiClient _api = silo.Api;
    private readonly string _script = $"r{Guid.NewGuid():N}"[..12] + "__a";

    [Fact]
    public async Task A_call_that_printed_or_failed_is_recorded_and_a_silent_one_is_not()
    {
        await _api.PublishAsync(_script, Code);
        (await _api.CallAsync($"{_script}.silent", new { })).RequireOk();
        (await _api.CallAsync($"{_script}.say", new { text = "Hällo 1" })).RequireOk();
        (await _api.CallAsync($"{_script}.fail", new { text = "why not" }, new { taskId = $"{_script}-sync" })).Reason.Should().Be("EFuncFailed");
        (await _api.CallAsync($"{_script}.late")).Reason.Should().Be("EFuncTimeout");
        (await _api.CallAsync($"{_script}.leave")).IsOk.Should().BeFalse();

        var said = (await RecordsAsync("script-logs", $"funcId={_script}.say", 1))[0]!;
        ((string)said["messageTEXT"]!).Should().Contain("Hällo 1");
        ((string?)said["execMode"], (int)said["scriptPublishVersion"]!, (string?)said["func_title"]).Should().Be(("sync", 1, "Says"));
        ((string)said["id"]!).Should().StartWith("slog-");
        ((string)(await RecordsAsync("script-logs", $"taskId={_script}-sync", 1))[0]!["messageTEXT"]!).Should().Contain("before why not");
        var failed = (await RecordsAsync("script-failures", $"funcId={_script}.fail", 1))[0]!;
        ((string?)failed["execMode"], (string?)failed["exception"], (string?)failed["taskId"]).Should().Be(("sync", "ValueError", $"{_script}-sync"));
        ((string)failed["einfoTEXT"]!).Should().Contain("ValueError: why not").And.Contain("in fail");
        failed["traceInfoJSON"].Should().NotBeNull();
        ((string)failed["id"]!).Should().StartWith("sfal-");
        await RecordsAsync("script-failures", $"funcId={_script}.late", 1);
        await RecordsAsync("script-failures", $"funcId={_script}.leave", 1);
        await RecordsAsync("script-failures", $"_fuzzySearch=WHY NOT&funcId={_script}.fail", 1);
        await RecordsAsync("script-failures", $"_fuzzySearch=never said&funcId={_script}.fail", 0);
        // Later records are there, so this one would be.
        (await RecordsAsync("script-logs", $"funcId={_script}.silent", 0)).Should().BeEmpty();
        (await RecordsAsync("script-failures", $"funcId={_script}.say", 0)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_queued_task_is_recorded_and_a_draft_is_not()
    {
        await _api.PublishAsync(_script, Code);
        (await _api.PostAsync($"/api/v1/func-draft/{_script}.fail", new { kwargs = new { text = "draft" } })).IsOk.Should().BeFalse();
        var id = (string)(await _api.CallAsync($"{_script}.fail", new { text = "queued" }, new { execMode = "async" })).RequireOk().Data!["taskId"]!;

        var failed = (await RecordsAsync("script-failures", $"funcId={_script}.fail", 1))[0]!;
        ((string?)failed["execMode"], (string?)failed["taskId"]).Should().Be(("async", id));
        ((string)(await RecordsAsync("script-logs", $"funcId={_script}.fail&execMode=async", 1))[0]!["messageTEXT"]!).Should().Contain("before queued");
        await RecordsAsync("script-failures", $"funcId={_script}.fail&execMode=crontab", 0);
        (await _api.GetAsync("/api/v1/script-failures/do/list?execMode=never")).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Results_of_tasks_are_listed_by_marker_and_read_one_by_one()
    {
        await _api.PublishAsync(_script, Code);
        var ids = new List<string>();
        foreach (var (function, kwargs) in ((string, object)[])[("silent", new { x = 7 }), ("fail", new { text = "gone" }), ("much", new { })])
        {
            ids.Add((string)(await _api.CallAsync($"{_script}.{function}", kwargs, new { execMode = "async", saveResult = true })).RequireOk().Data!["taskId"]!);
            (await _api.GetAsync($"/api/v1/func-result?taskId={ids[^1]}&wait=60")).RequireOk();
        }

        var good = (await ResultsAsync($"id={ids[0]}"))[0]!;
        ((string?)good["status"], (string?)good["task"], (int)good["retvalJSON"]!, (string?)good["origin"], (string?)good["execMode"]).Should().Be(("SUCCESS", $"{_script}.silent", 7, "direct", "async"));
        good["kwargsJSON"]!.ToJsonString().Should().Be("""{"x":7}""");
        ((long)good["endTime"]!).Should().BeGreaterThanOrEqualTo((long)good["startTime"]!).And.BeCloseTo(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 300);
        var bad = (await ResultsAsync($"funcId={_script}.fail"))[0]!;
        ((string?)bad["status"], bad["retvalJSON"]).Should().Be(("FAILURE", null));
        ((string)bad["einfoTEXT"]!).Should().Contain("gone");
        var much = (await ResultsAsync($"id={ids[2]}"))[0]!;
        ((bool)much["isRetvalLeftOut"]!, much["retvalJSON"]).Should().Be((true, null));
        ((string)(await _api.GetAsync($"/api/v1/data-processor-task-results/{ids[2]}/do/get?fieldPicking=retvalJSON")).RequireOk().Data!["retvalJSON"]!).Length.Should().Be(100_000);
        (await _api.GetAsync("/api/v1/data-processor-task-results/nothing/do/get")).Status.Should().Be(HttpStatusCode.NotFound);
        (await ResultsAsync($"funcId={_script}.fail&execMode=sync")).Should().BeEmpty();
        var page = (await _api.GetAsync($"/api/v1/data-processor-task-results/do/list?_fuzzySearch={_script}&pageSize=2")).RequireOk();
        page.Data!.AsArray().Select(row => (string)row!["id"]!).Should().Equal(ids[2], ids[1]);
        (await ResultsAsync($"_fuzzySearch={_script}&pageSize=2&pageMarker={page.Json["pageInfo"]!["pageMarker"]}")).Select(row => (string)row!["id"]!).Should().Equal(ids[0]);
    }

    private async Task<JsonArray> ResultsAsync(string query) => (await _api.GetAsync($"/api/v1/data-processor-task-results/do/list?{query}")).RequireOk().Data!.AsArray();

    private async Task<JsonArray> RecordsAsync(string path, string query, int count)
    {
        JsonArray rows = [];
        await Eventually.TrueAsync(async () => (rows = (await _api.GetAsync($"/api/v1/{path}/do/list?{query}")).RequireOk().Data!.AsArray()).Count >= count, $"{count} {path} of {query} are written");
        rows.Count.Should().Be(count);
        return rows;
    }

    public sealed class OnSqlite(SqliteSilo silo) : ScriptRecordTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : ScriptRecordTests(silo);
}
