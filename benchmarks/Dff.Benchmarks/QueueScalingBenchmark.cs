using System.Globalization;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>What a node more brings.</summary>
internal sealed class QueueScalingBenchmark : IBenchmark
{
    private const int Silos = 3;
    private const int Processes = 8;
    private const int TasksOfOne = 300;

    public string Name => "queue";

    public async Task RunAsync(Plan plan, Report report)
    {
        await using var server = await MariaDbServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        var settings = new Dictionary<string, string>(server.SettingsOf(await server.CreateDatabaseAsync()))
        {
            ["SECRET"] = "secret-of-the-benchmark",
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
            ["REDIS_PASSWORD"] = redis.Password,
            ["SILO_ADDRESS"] = "127.0.0.1",
            ["_WORKER_CONCURRENCY"] = Processes.ToString(CultureInfo.InvariantCulture),
        };
        using var directories = new Directories();
        await using var first = await TaskClient.StartAsync("MariaDB", directories.New(), settings);
        var one = await MeasureAsync(plan, first, TasksOfOne);
        var others = new List<SiloProcess>();
        try
        {
            for (var silo = 1; silo < Silos; silo++) others.Add(await SiloProcess.StartAsync(directories.New(), settings));
            var all = await MeasureAsync(plan, first, TasksOfOne * Silos);
            report.Section("More nodes", $"Tasks that sleep for 100 ms, {Processes} processes on each node, so that the cores are not the limit; MariaDB and Redis. {Processes * 10} a second are possible on a node.");
            report.Table("tasks/s, one node", $"{Silos} nodes", "÷ one node");
            report.Row(one.Text("0.0"), all.Text("0.0"), report.AtLeast(all / one, 2.7));
        }
        finally
        {
            foreach (var silo in others) await silo.DisposeAsync();
        }
    }

    /// <returns>Tasks per second.</returns>
    private static async Task<double> MeasureAsync(Plan plan, TaskClient client, int tasks)
    {
        var rates = new List<double>();
        for (var round = 0; round <= plan.Rounds; round++)
        {
            var (_, finished) = await client.RunTasksAsync("sleep", "{}", tasks, callers: 16);
            if (round > 0) rates.Add(tasks / finished.TotalSeconds);
        }

        return rates.Median();
    }
}
