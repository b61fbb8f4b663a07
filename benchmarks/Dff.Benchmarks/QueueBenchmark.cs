using System.Diagnostics;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>Durable tasks: how fast they are accepted, and how fast they are done.</summary>
internal sealed class QueueBenchmark : IBenchmark
{
    private const int Tasks = 5000;
    private const int Callers = 64;

    public string Name => "queue";

    public async Task RunAsync(Plan plan, Report report)
    {
        report.Section(
            "Durable tasks",
            $"{Tasks:N0} trivial tasks by `POST /api/v1/func/:id` with `execMode: async`, {Callers} callers, 10 processes: each acceptance, each begin and each end is committed and synced. "
            + "Accepted: with the queue paused; done: from its resume until the last end is committed; both at once: from the first call until the last end. Start: from the acceptance of one task on an idle queue to the begin of its attempt.");
        report.Table("store", "accepted/s", "done/s", "both at once, tasks/s", "start of one, median");
        await MeasureAsync("SQLite", new Dictionary<string, string>(), plan, report);
        await using var server = await MariaDbServer.StartAsync();
        await MeasureAsync("MariaDB", new Dictionary<string, string>(server.SettingsOf(await server.CreateDatabaseAsync())) { ["SECRET"] = "secret-of-the-benchmark" }, plan, report);
    }

    private static async Task MeasureAsync(string store, Dictionary<string, string> settings, Plan plan, Report report)
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, settings);
        await silo.Api.PublishAsync("bench__q", "@DFF.API('A')\ndef add(x, y):\n    return x + y\n");
        var (accepted, done, together, starts) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        // The first round is for the compiler.
        for (var round = 0; round <= plan.Rounds; round++)
        {
            await SetPausedAsync(silo.Api, "pause");
            var acceptance = await EnqueueAsync(silo.Api);
            var began = Stopwatch.GetTimestamp();
            await SetPausedAsync(silo.Api, "resume");
            await DrainedAsync(silo.Api);
            var running = Stopwatch.GetElapsedTime(began);
            began = Stopwatch.GetTimestamp();
            await EnqueueAsync(silo.Api);
            await DrainedAsync(silo.Api);
            var whole = Stopwatch.GetElapsedTime(began);
            var start = await StartAsync(silo.Api);
            if (round == 0) continue;
            accepted.Add(Tasks / acceptance.TotalSeconds);
            done.Add(Tasks / running.TotalSeconds);
            together.Add(Tasks / whole.TotalSeconds);
            starts.Add(start);
        }

        report.Row(store, accepted.Median().Text("0"), done.Median().Text("0"), together.Median().Text("0"), $"{starts.Median().Text("0")} ms");
    }

    private static async Task<TimeSpan> EnqueueAsync(ApiClient api)
    {
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, Tasks), new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (number, _) =>
            (await api.CallAsync("bench__q.add", new { x = number, y = 1 }, new { execMode = "async" })).RequireOk());
        return Stopwatch.GetElapsedTime(began);
    }

    /// <returns>Milliseconds.</returns>
    private static async Task<double> StartAsync(ApiClient api)
    {
        var waits = new List<double>();
        for (var number = 0; number < 20; number++)
        {
            var task = (string)(await api.CallAsync("bench__q.add", new { x = number, y = 1 }, new { execMode = "async" })).RequireOk().Data!["taskId"]!;
            var result = (await api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk().Data!;
            waits.Add(((DateTimeOffset)result["startTime"]! - (DateTimeOffset)result["queueTime"]!).TotalMilliseconds);
        }

        return waits.Median();
    }

    private static Task DrainedAsync(ApiClient api) => Eventually.TrueAsync(
        async () =>
        {
            var queue = (await api.GetAsync("/api/v1/worker-queues/do/list")).RequireOk().Data!.AsArray()[9]!;
            return (int)queue["ready"]! + (int)queue["running"]! == 0;
        },
        "all tasks are done",
        TimeSpan.FromMinutes(5));

    private static async Task SetPausedAsync(ApiClient api, string what) => (await api.PostAsync($"/api/v1/worker-queues/9/do/{what}", new { })).RequireOk();
}
