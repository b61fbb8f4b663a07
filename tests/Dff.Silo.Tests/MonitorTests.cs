using System.Globalization;
using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What those see who look after the system.</summary>
public abstract class MonitorTests(SiloUnderTest under)
{
    private readonly ApiClient _api = under.Api;
    private readonly string _script = $"m{Guid.NewGuid():N}"[..12] + "__a";

    [Fact]
    public async Task The_node_tells_its_figures_and_forgets_them_when_asked()
    {
        var stats = (await _api.GetAsync("/api/v1/monitor/sys-stats/do/get")).RequireOk().Data!;

        ((int)stats["interval"]!, (int)stats["keptSeconds"]!).Should().Be((60, 43200));
        var node = stats["nodes"]!.AsArray().Should().ContainSingle().Subject!;
        double Latest(string name, int? queue = null)
        {
            var series = node["series"]!.AsArray().Single(found => (string?)found!["name"] == name && (int?)found["queue"] == queue)!;
            var point = series["points"]!.AsArray()[^1]!;
            ((double)point[0]!).Should().BeApproximately(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 600);
            return (double)point[1]!;
        }

        Latest("siloMemoryBytes").Should().BeGreaterThan(10_000_000);
        Latest("siloCPUPercent").Should().BeGreaterThanOrEqualTo(0);
        Latest("machineCPUPercent").Should().BeInRange(0, 100);
        Latest("machineMemoryPercent").Should().BeInRange(0, 100);
        Latest("storeBytes").Should().BeGreaterThan(10_000);
        Latest("queueLength", 9).Should().BeGreaterThanOrEqualTo(0);
        Latest("workersBusy").Should().BeGreaterThanOrEqualTo(0);
        (await _api.GetAsync("/api/v1/monitor/sys-stats/do/clear")).RequireOk();
        (await _api.GetAsync("/api/v1/monitor/system-metrics/do/get")).RequireOk().Data!["nodes"]![0]!["series"]!.AsArray().Should().NotBeEmpty("it begins anew at once")
            .And.OnlyContain(series => series!["points"]!.AsArray().Count <= 2);
    }

    [Fact]
    public async Task The_node_tells_how_it_does_and_what_it_runs_on_without_secrets()
    {
        await _api.PublishAsync(_script, "@DFF.API('F')\ndef f():\n    return 1\n");
        (await _api.CallAsync($"{_script}.f")).RequireOk();

        ((string?)(await _api.GetAsync("/api/v1/monitor/nodes/do/ping")).RequireOk().Data![0]!["answer"]).Should().Be("pong");
        var stats = (await _api.GetAsync("/api/v1/monitor/nodes/do/get-stats")).RequireOk().Data![0]!["stats"]!;
        ((int)stats["processId"]!, (bool)stats["isPythonReady"]!).Should().Be((under.Silo.Id, true));
        var pool = stats["pools"]!.AsArray().Single(found => (int)found!["queue"]! == 1)!;
        ((int)pool["concurrency"]!).Should().Be(10);
        ((int)pool["processes"]!).Should().BeGreaterThanOrEqualTo(1);
        ((long)stats["workerMemoryBytes"]!).Should().BeGreaterThan(1_000_000);
        (await _api.GetAsync("/api/v1/monitor/nodes/do/get-active-queues")).RequireOk().Data![0]!["queues"]!.AsArray().Select(queue => (int)queue!).Should().Equal(Enumerable.Range(0, 10));
        var report = (await _api.GetAsync("/api/v1/monitor/nodes/do/get-report")).RequireOk().Data!;
        (report["nodes"]!.AsArray().Count, report["queues"]!.AsArray().Count).Should().Be((1, 10));

        var answer = (await _api.GetAsync("/api/v1/monitor/server-environment/do/get")).RequireOk();
        var environment = answer.Data![0]!["environment"]!;
        ((string)environment["python"]!["version"]!).Should().StartWith("3.");
        environment["python"]!["drivers"]!.AsArray().Should().NotBeEmpty();
        ((int)environment["processors"]!).Should().Be(Environment.ProcessorCount);
        ((string?)environment["configuration"]!["WEB_PORT"]).Should().Be(under.Silo.WebPort.ToString(CultureInfo.InvariantCulture));
        ((string?)environment["configuration"]!["ADMIN_PASSWORD"]).Should().BeOneOf("********", null);
        foreach (var secret in under.Secrets) answer.Text.Should().NotContain(secret);
    }

    [Fact]
    public async Task The_overview_counts_records_queues_scripts_and_operations()
    {
        await _api.PublishAsync(_script, "@DFF.API('F', queue=5)\ndef f():\n    return 1\n@DFF.API('G')\ndef g():\n    return 2\n");
        (await _api.CallAsync($"{_script}.f")).RequireOk();
        await _api.AddLinkAsync($"auln-{_script}", $"{_script}.f", new { });
        await _api.AddBatchAsync($"bat-{_script}", $"{_script}.g", new { });

        var all = (await _api.GetAsync("/api/v1/func/overview")).RequireOk().Data!;

        all.AsObject().Select(section => section.Key).Should().Equal("entityCounts", "workerQueues", "scripts", "latestOperations");
        foreach (var kind in (string[])["scriptSet", "script", "func", "authLink", "batch", "user"]) ((long)all["entityCounts"]![kind]!).Should().BePositive(kind);
        all["workerQueues"]!.AsArray().Select(queue => (int)queue!["queue"]!).Should().Equal(Enumerable.Range(0, 10));
        var five = all["workerQueues"]![5]!;
        ((int)five["nodeCount"]!, (int)five["workerCount"]!, (double)five["pressure"]!).Should().Be((1, 10, 0));
        var script = all["scripts"]!.AsArray().Single(row => (string?)row!["id"] == _script)!;
        ((int)script["publishVersion"]!, (int)script["funcCount"]!, (int)script["authLinkCount"]!, (int)script["batchCount"]!, (int)script["crontabConfigCount"]!).Should().Be((1, 2, 1, 1, 0));
        ((string?)script["codeMD5"]).Should().Be((string?)script["codeDraftMD5"]);
        await Eventually.TrueAsync(
            async () => (await _api.GetAsync("/api/v1/func/overview?sections=latestOperations")).RequireOk().Data!["latestOperations"]!.AsArray().Any(row => (string?)row!["reqRoute"] == "/api/v1/batches/do/add"),
            "the latest operation is there");
        (await _api.GetAsync("/api/v1/func/overview?sections=entityCounts,scripts")).RequireOk().Data!.AsObject().Select(section => section.Key).Should().Equal("entityCounts", "scripts");
        var wrong = await _api.GetAsync("/api/v1/func/overview?sections=scripts,nothing");
        (wrong.Status, (string?)wrong.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, "sections"));
    }

    [Fact]
    public async Task Tasks_are_listed_where_they_stand()
    {
        var eta = DateTimeOffset.UtcNow.AddDays(1).ToString("yyyy-MM-ddTHH:mm:ss.000Z", CultureInfo.InvariantCulture);
        await _api.PublishAsync(_script, "@DFF.API('F', queue=4)\ndef f(fails=False):\n    if fails:\n        raise ValueError('no')\n@DFF.API('Now')\ndef now(fails=False):\n    if fails:\n        raise ValueError('no')\n");
        (await _api.PostAsync("/api/v1/worker-queues/4/do/pause", new { })).RequireOk();
        try
        {
            var waiting = await EnqueueAsync("f", new { });
            var later = await EnqueueAsync("f", new { execMode = "async", eta });
            var good = await EnqueueAsync("now", new { });
            var bad = await EnqueueAsync("now", new { }, fails: true);
            foreach (var id in (string[])[good, bad]) (await _api.GetAsync($"/api/v1/func-result?taskId={id}&wait=60")).RequireOk();

            (await IdsAsync($"list-queued?task={_script}.f")).Should().Equal(waiting);
            (await IdsAsync($"list-scheduled?task={_script}.f")).Should().Equal(later);
            (await IdsAsync($"list-queued?task={_script}.now")).Should().BeEmpty();
            (await IdsAsync("list-queued")).Should().Contain(waiting);
            (await IdsAsync($"list-recent?task={_script}.f&status=PENDING")).Should().Equal(later, waiting);
            (await IdsAsync($"list-recent?task={_script}.now&status=SUCCESS")).Should().Equal(good);
            (await IdsAsync($"list-recent?task={_script}.now&status=FAILURE")).Should().Equal(bad);
            (await IdsAsync($"list-recent?task={_script}.now&status=_ALL")).Should().Equal(bad, good);
            var row = (await _api.GetAsync($"/api/v1/monitor/tasks/do/list-scheduled?task={_script}.f")).RequireOk().Data![0]!;
            ((string?)row["status"], (string?)row["taskStatus"], (int)row["queue"]!, (string?)row["eta"]).Should().Be(("PENDING", "queued", 4, eta));
            (await _api.GetAsync("/api/v1/monitor/tasks/do/list-recent?status=never")).Status.Should().Be(HttpStatusCode.BadRequest);
        }
        finally
        {
            (await _api.PostAsync("/api/v1/monitor/worker-queues/do/clear", new { workerQueues = new[] { "4" } })).RequireOk();
            (await _api.PostAsync("/api/v1/worker-queues/4/do/resume", new { })).RequireOk();
        }
    }

    private async Task<string> EnqueueAsync(string function, object options, bool fails = false)
    {
        var given = System.Text.Json.JsonSerializer.SerializeToNode(options)!.AsObject();
        given["execMode"] = "async";
        return (string)(await _api.CallAsync($"{_script}.{function}", new { fails }, given)).RequireOk().Data!["taskId"]!;
    }

    private async Task<IEnumerable<string>> IdsAsync(string query) =>
        (await _api.GetAsync($"/api/v1/monitor/tasks/do/{query}")).RequireOk().Data!.AsArray().Select(row => (string)row!["id"]!);

    public sealed class OnSqlite(SqliteSilo silo) : MonitorTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : MonitorTests(silo);
}
