using System.Diagnostics;
using System.Text.Json;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>Durable tasks beside Celery's, many at once and one after the other.</summary>
internal sealed class QueueBenchmark : IBenchmark
{
    public const string Code = """
        import time
        @DFF.API('Add')
        def add(x, y):
            return x + y
        @DFF.API('Now')
        def now():
            return time.time()
        @DFF.API('Sleep')
        def sleep():
            time.sleep(0.1)
        """;

    private const string Arguments = """{"x":1,"y":2}""";
    private const int Tasks = 5000;
    private const int Callers = 64;
    private const int WarmUpRounds = 25;
    private const int Processes = 10;
    private const int Chain = 400;
    private const int Starts = 200;

    public string Name => "queue";

    public async Task RunAsync(Plan plan, Report report)
    {
        using var directories = new Directories();
        await using var server = await MariaDbServer.StartAsync();
        var settings = new Dictionary<string, string>(server.SettingsOf(await server.CreateDatabaseAsync())) { ["SECRET"] = "secret-of-the-benchmark" };
        await using var sqlite = await TaskClient.StartAsync("SQLite", directories.New(), new Dictionary<string, string>());
        await using var mariaDb = await TaskClient.StartAsync("MariaDB", directories.New(), settings);
        await using var celery = await CeleryServer.StartAsync(Processes);
        await MeasureManyAsync(plan, report, [sqlite, mariaDb], celery);
        await MeasureOneByOneAsync(plan, report, [sqlite, mariaDb], directories.New());
    }

    private static async Task MeasureManyAsync(Plan plan, Report report, IReadOnlyList<TaskClient> clients, CeleryServer celery)
    {
        var (rates, celerys) = (clients.Select(_ => new List<Rate>()).ToList(), new List<Rate>());
        // .NET compiles hot code again, beside its work, for the first hundred thousand tasks or so; what is measured is the state it stays in.
        foreach (var client in clients)
        {
            for (var round = 0; round < WarmUpRounds; round++) await client.RunTasksAsync("add", Arguments, Tasks, Callers);
        }

        for (var round = 0; round <= plan.Rounds; round++)
        {
            var (accepted, finished) = await celery.RunTasksAsync(Tasks);
            if (round > 0) celerys.Add(new Rate(Tasks / accepted.TotalSeconds, Tasks / finished.TotalSeconds));
            for (var index = 0; index < clients.Count; index++)
            {
                (accepted, finished) = await clients[index].RunTasksAsync("add", Arguments, Tasks, Callers);
                if (round > 0) rates[index].Add(new Rate(Tasks / accepted.TotalSeconds, Tasks / finished.TotalSeconds));
            }
        }

        report.Section(
            "Durable tasks",
            $"{Tasks:N0} trivial tasks while {Processes} processes work at them: until the last is accepted, and until the end of the last. "
            + $"Dff: `POST /api/v1/bat/:id` over {Callers} connections; each acceptance, each begin and each end is committed and synced to disk before it counts. "
            + "Celery 5 with Redis, Debian's packages as they come: one Python process that calls `.delay()` in a loop, results in Redis; nothing is synced, and the end is seen when Redis has all results. "
            + "All of them, with their clients, share the cores of the machine, and take turns.");
        report.Table("", "accepted/s", "÷ Celery", "finished/s", "÷ Celery");
        foreach (var (client, own) in clients.Zip(rates))
        {
            var target = client.Store == "SQLite" ? 5 : 4;
            report.Row(
                $"Dff on {client.Store}",
                own.Select(rate => rate.Accepted).Median().Text("0"), report.AtLeast(own.Zip(celerys, (mine, theirs) => mine.Accepted / theirs.Accepted).Median(), target),
                own.Select(rate => rate.Finished).Median().Text("0"), report.AtLeast(own.Zip(celerys, (mine, theirs) => mine.Finished / theirs.Finished).Median(), target));
        }

        report.Row("Celery", celerys.Select(rate => rate.Accepted).Median().Text("0"), "", celerys.Select(rate => rate.Finished).Median().Text("0"), "");
    }

    private static async Task MeasureOneByOneAsync(Plan plan, Report report, IReadOnlyList<TaskClient> clients, string directory)
    {
        var chains = clients.Select(_ => new List<double>()).ToList();
        var starts = clients.Select(_ => new List<double>()).ToList();
        for (var round = 0; round <= plan.Rounds; round++)
        {
            for (var index = 0; index < clients.Count; index++)
            {
                var chain = await clients[index].RunChainAsync(Chain);
                var waits = await clients[index].StartsAsync(Starts);
                if (round == 0) continue;
                chains[index].Add(chain.TotalSeconds);
                starts[index].AddRange(waits);
            }
        }

        var sync = SyncedWrites(directory);
        report.Section(
            "One durable task after the other",
            $"A client that enqueues a task when the end of the one before has been answered (`GET /api/v1/func-result?wait=60`), {Chain} of them; and how long it takes on an idle system from the moment "
            + $"the client begins to send the call until the first line of the function runs. An append to a file with `fdatasync`, of which a task needs two or three, took {sync.Quantile(0.5).Text("0.00")} ms on this disk (p99 {sync.Quantile(0.99).Text("0.0")} ms).");
        report.Table("store", $"{Chain} tasks", "call → started, p50", "p99");
        foreach (var (index, client) in clients.Index())
        {
            report.Row(
                client.Store, $"{report.AtMost(chains[index].Median(), 2)} s", $"{report.AtMost(starts[index].Quantile(0.5), 5, "0.0")} ms", $"{report.AtMost(starts[index].Quantile(0.99), 25, "0.0")} ms");
        }
    }

    /// <returns>Milliseconds.</returns>
    private static List<double> SyncedWrites(string directory)
    {
        using var file = File.OpenHandle(Path.Combine(directory, "synced"), FileMode.Create, FileAccess.Write);
        var took = new List<double>();
        for (var index = 0; index < 300; index++)
        {
            var began = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, new byte[4096], index * 4096L);
            RandomAccess.FlushToDisk(file);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return took;
    }

    private readonly record struct Rate(double Accepted, double Finished);
}
