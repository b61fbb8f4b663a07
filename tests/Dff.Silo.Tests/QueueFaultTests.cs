using System.Diagnostics;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What becomes of queued tasks when processes are killed: nothing acknowledged is lost, and what has finished is not run again.</summary>
public abstract class QueueFaultTests
{
    private const double Seconds = 0.2;

    private static readonly int Tasks = TestSize.Of(2000);

    [Fact]
    public async Task Workers_that_are_killed_cost_no_task() => await KillAmidWorkAsync(rounds: 7, silo => WorkersOf(silo).Take(3), mostRepeated: 21);

    [Fact]
    public async Task A_zygote_that_is_killed_costs_no_task()
    {
        var results = await KillAmidWorkAsync(rounds: 3, silo => ChildrenOf(silo), mostRepeated: 30);

        results.Values.Should().Contain(result => (int)result["attempt"]! > 1, "some ran in its processes");
    }

    [Fact]
    public async Task A_silo_that_is_killed_carries_on_after_its_restart()
    {
        using var directory = new TestDirectory();
        using var ledger = new TaskLedger();
        var settings = await SettingsAsync();
        IReadOnlyDictionary<string, string> finished;
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            await TaskLedger.PublishAsync(silo.Api);
            await ledger.EnqueueManyAsync(silo.Api, Tasks, Seconds);
            finished = await ledger.AmidWorkAsync(Tasks / 4, silo.Api);
            await silo.KillAsync();
        }

        await using var again = await StartAgainAsync(directory.Path, settings);
        var results = await ledger.FinishAllAsync(again.Api);

        results.Should().HaveCount(Tasks);
        finished.Should().NotBeEmpty();
        ledger.Faults(results, finished, mostRepeated: 10).Should().BeEmpty();
        results.Values.Should().Contain(result => (int)result["attempt"]! == 2, "some were running");
    }

    [Fact]
    public async Task A_silo_that_is_stopped_lets_tasks_end_and_leaves_the_others_for_the_next_one()
    {
        using var directory = new TestDirectory();
        using var ledger = new TaskLedger();
        var settings = await SettingsAsync();
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            await TaskLedger.PublishAsync(silo.Api);
            await ledger.EnqueueManyAsync(silo.Api, 500, seconds: 0.05);
            await Eventually.TrueAsync(() => ledger.Ended >= 50, "tasks run");
            (await silo.StopAsync()).Should().Be(0);
        }

        ledger.Begins().Values.Sum().Should().Be(ledger.Ended, "what began has ended").And.BeLessThan(500);
        await using var again = await StartAgainAsync(directory.Path, settings);
        var results = await ledger.FinishAllAsync(again.Api);

        results.Values.Should().OnlyContain(result => (string?)result["taskStatus"] == "success" && (int)result["attempt"]! == 1);
        ledger.Begins().Values.Should().OnlyContain(count => count == 1);
        results.Should().HaveCount(500);
    }

    [Fact]
    public async Task A_task_that_may_begin_once_only_is_lost_with_its_node_and_says_so()
    {
        using var directory = new TestDirectory();
        using var ledger = new TaskLedger();
        var settings = await SettingsAsync();
        string once, twice;
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            await TaskLedger.PublishAsync(silo.Api);
            once = await ledger.EnqueueAsync(silo.Api, seconds: 25, function: "once");
            twice = await ledger.EnqueueAsync(silo.Api, seconds: 2);
            await Eventually.TrueAsync(() => ledger.Lines.Count >= 2, "both run");
            await silo.KillAsync();
        }

        await using var again = await StartAgainAsync(directory.Path, settings);
        var results = await ledger.FinishAllAsync(again.Api);

        ((string?)results[once]["status"], (string?)results[once]["taskStatus"]).Should().Be(("failure", "lost"));
        ((string)results[once]["einfoTEXT"]!).Should().StartWith("WorkerLost");
        ((string?)results[twice]["taskStatus"], (int)results[twice]["result"]!).Should().Be(("success", 2));
        (ledger.Begins()[once], ledger.Begins()[twice]).Should().Be((1, 2));
        // The node that held the log is gone; the end is told by the store.
        (await again.Api.GetAsync($"/api/v1/tasks/{twice}/events")).Text.Should().Contain("event: end").And.Contain("\"taskStatus\":\"success\"");
    }

    [Fact]
    public async Task A_full_queue_refuses_and_a_slow_queue_keeps_no_other_waiting()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, new Dictionary<string, string>(await SettingsAsync()) { ["_WORKER_LIMIT_QUEUED"] = "20", ["_WORKER_CONCURRENCY"] = "2" });
        await silo.Api.PublishAsync("full__a", "import time\n@DFF.API('S', queue=4)\ndef slow():\n    time.sleep(600)\n@DFF.API('Q', queue=5)\ndef quick():\n    return 1\n");
        for (var number = 0; number < 20; number++) (await CallAsync(silo.Api, "full__a.slow", new { execMode = "async", timeout = 900 })).RequireOk();

        var refused = await CallAsync(silo.Api, "full__a.slow", new { execMode = "async" });
        (refused.Reason, (int)refused.Json["detail"]!["limit"]!).Should().Be(("EWorkerQueueCongestion", 20));
        var other = (string)(await CallAsync(silo.Api, "full__a.quick", new { execMode = "async" })).RequireOk().Data!["taskId"]!;
        ((string?)(await silo.Api.GetAsync($"/api/v1/func-result?taskId={other}&wait=60")).Data!["status"]).Should().Be("success");
        var report = (await silo.Api.GetAsync("/api/v1/worker-queues/do/list")).Data!.AsArray()[4]!;
        ((int)report["running"]!, (int)report["ready"]!).Should().Be((2, 18));
        // The rest is for nobody to wait for.
        (await silo.Api.PostAsync("/api/v1/monitor/worker-queues/do/clear", new { workerQueues = new[] { "4" } })).RequireOk();
    }

    [Fact]
    public async Task A_task_that_waits_longer_than_it_may_expires()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, new Dictionary<string, string>(await SettingsAsync()) { ["WORKER_QUEUES"] = "1,7", ["_FUNC_TASK_TIMEOUT_TO_EXPIRE_SCALE"] = "2" });
        await silo.Api.PublishAsync("expire__a", "@DFF.API('F')\ndef f():\n    return 1\n");

        var task = (string)(await CallAsync(silo.Api, "expire__a.f", new { execMode = "async", timeout = 1 })).RequireOk().Data!["taskId"]!;
        var kept = (string)(await CallAsync(silo.Api, "expire__a.f", new { execMode = "async", timeout = 1, neverExpire = true })).RequireOk().Data!["taskId"]!;

        var result = (await silo.Api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk().Data!;
        ((string?)result["status"], (string?)result["taskStatus"], (int)result["attempt"]!).Should().Be(("failure", "expired", 0));
        ((string?)(await silo.Api.GetAsync($"/api/v1/func-result?taskId={kept}")).Data!["status"]).Should().Be("queued");
    }

    protected abstract Task<IReadOnlyDictionary<string, string>> SettingsAsync();

    /// <summary>Kills processes of a silo again and again while tasks come and run.</summary>
    private async Task<IReadOnlyDictionary<string, JsonNode>> KillAmidWorkAsync(int rounds, Func<int, IEnumerable<int>> victimsOf, int mostRepeated)
    {
        using var directory = new TestDirectory();
        using var ledger = new TaskLedger();
        await using var silo = await SiloProcess.StartAsync(directory.Path, await SettingsAsync());
        await TaskLedger.PublishAsync(silo.Api);
        // Killed many times in short order, an unlucky task may meet it more than twice.
        var enqueued = ledger.EnqueueManyAsync(silo.Api, Tasks, Seconds, maxAttempts: 10);
        IReadOnlyDictionary<string, string> finished = new Dictionary<string, string>();
        for (var round = 1; round <= rounds; round++)
        {
            finished = await ledger.AmidWorkAsync(round * Tasks / (rounds + 1), silo.Api);
            foreach (var victim in victimsOf(silo.Id)) Kill(victim);
        }

        await enqueued;
        var results = await ledger.FinishAllAsync(silo.Api);
        results.Should().HaveCount(Tasks);
        ledger.Faults(results, finished, mostRepeated).Should().BeEmpty();
        return results;
    }

    /// <summary>On a server without Redis the entry of the killed node keeps others out for 20 s.</summary>
    private static async Task<SiloProcess> StartAgainAsync(string directory, IReadOnlyDictionary<string, string> settings)
    {
        SiloProcess? started = null;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    started = await SiloProcess.StartAsync(directory, settings);
                    return true;
                }
                catch (InvalidOperationException error) when (error.Message.Contains("another node uses this database", StringComparison.Ordinal))
                {
                    return false;
                }
            },
            "the node starts again");
        return started!;
    }

    private static Task<ApiAnswer> CallAsync(ApiClient api, string funcId, object options) => api.CallAsync(funcId, null, options);

    /// <summary>The Python processes under a silo, but for the first one, which starts the others.</summary>
    private static IEnumerable<int> WorkersOf(int silo)
    {
        var below = ChildrenOf([.. ChildrenOf(silo)]);
        // With namespaces there is one process more between.
        var further = ChildrenOf([.. below]);
        return further.Count > 0 ? further : below;
    }

    private static IReadOnlyList<int> ChildrenOf(params int[] parents) =>
        [.. Process.GetProcesses().Select(process => process.Id).Where(process => parents.Contains(ParentOf(process)))];

    private static int ParentOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static void Kill(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            found.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    public sealed class OnSqlite : QueueFaultTests
    {
        protected override Task<IReadOnlyDictionary<string, string>> SettingsAsync() => Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());
    }

    public sealed class OnMariaDb(MariaDbSilo shared) : QueueFaultTests
    {
        protected override async Task<IReadOnlyDictionary<string, string>> SettingsAsync() => await shared.NewDatabaseAsync();
    }
}
