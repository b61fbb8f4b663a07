using System.Diagnostics;
using Dff.Testing;

namespace Dff.Benchmarks;

internal sealed class StartBenchmark : IBenchmark
{
    private const int Processes = 10;

    public string Name => "start";

    public async Task RunAsync(Plan plan, Report report)
    {
        using var directory = new TestDirectory();
        await using (var first = await SiloProcess.StartAsync(directory.Path))
        {
            await first.Api.PublishAsync("bench__a", BareEngine.Code);
            await first.Api.AddLinkAsync("auln-add", "bench__a.add", new { x = 1, y = 2 });
            await first.Api.AddLinkAsync("auln-sleep", "bench__a.sleep", new { });
            await first.StopAsync();
        }

        var starts = new List<double>();
        double idle = 0, worker = 0, loaded = 0;
        for (var round = 0; round < plan.Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            await using var silo = SiloProcess.Launch(directory.Path);
            await Eventually.TrueAsync(() => IsAnsweredAsync(silo), "the first call is answered");
            starts.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            if (round == 0) (idle, worker, loaded) = await MeasureMemoryAsync(silo, plan);
            await silo.StopAsync();
        }

        report.Section("Start and memory", "From the start of the process on existing data to the first answered auth-link call; memory as proportional set size (PSS) of the silo and all its descendants.");
        report.Table("first call", "idle, whole tree", $"per worker, with {Processes} of them", "whole tree after load");
        report.Row(
            $"{report.AtMost(starts.Median(), 3)} s", $"{report.AtMost(idle, 250, "0")} MB", $"{report.AtMost(worker, 6, "0.0")} MB", $"{loaded.Text("0")} MB");
    }

    private static async Task<(double Idle, double Worker, double Loaded)> MeasureMemoryAsync(SiloProcess silo, Plan plan)
    {
        var idle = Figures.ProcessTree(silo.Id).Sum(process => process.Megabytes);
        var url = $"http://127.0.0.1:{silo.WebPort}/api/v1/al";
        await Wrk.RunAsync(url + "/auln-sleep", 64, plan.Round);
        await Wrk.RunAsync(url + "/auln-add", 64, plan.Round);
        var tree = Figures.ProcessTree(silo.Id);
        // The first one, nearest to the silo, is the zygote that forks the others.
        var workers = tree.Where(process => process.Command.StartsWith("python", StringComparison.Ordinal)).Skip(1).Select(process => process.Megabytes).ToList();
        if (workers.Count < Processes) throw new InvalidOperationException($"only {workers.Count} Python processes: {string.Join(", ", tree.Select(process => process.Command))}");
        return (idle, workers.Average(), tree.Sum(process => process.Megabytes));
    }

    private static async Task<bool> IsAnsweredAsync(SiloProcess silo)
    {
        if (silo.HasExited) throw new InvalidOperationException($"the silo ended:\n{silo.Output}");
        try
        {
            return (await silo.Api.GetAsync("/api/v1/al/auln-add")).IsOk;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
