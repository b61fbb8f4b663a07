namespace Dff.Benchmarks;

internal sealed class CallBenchmark : IBenchmark
{
    private const string Body = """{"kwargs":{"x":1,"y":2}}""";

    public string Name => "call";

    public async Task RunAsync(Plan plan, Report report)
    {
        await using var contestants = await Contestants.StartAsync(processes: 10, withFlask: true);
        report.Section(
            "An auth-link call",
            "`add(x, y)` by `POST /api/v1/al/auln-add`, compared with the bare engine (the Python engine behind a minimal endpoint) and with the same function in Flask on gunicorn with 4 workers. How far ahead of Flask a call is depends on the machine, on how fast it runs Python and on what it makes a switch between processes cost; the bare engine's own ratio, beside it, is the ceiling.");
        report.Table("connections", "Dff, requests/s", "÷ bare engine", "÷ Flask + gunicorn", "bare engine ÷ Flask", "p50", "p50 ÷ bare engine", "p99");
        var urls = new[] { contestants.SiloUrl + "/auln-add", contestants.BareUrl + "/add", contestants.FlaskUrl + "/add" };
        // .NET compiles hot code again while it runs; what is measured is the state it stays in.
        foreach (var url in urls) await Wrk.RunAsync(url, 64, plan.Round * 4, Body);
        foreach (var connections in (int[])[1, 16, 64])
        {
            var loads = await Rounds.TakeTurnsAsync(plan, urls, connections, Body);
            var (dff, bare, flask) = (loads[0], loads[1], loads[2]);
            var medianRatio = dff.Ratio(bare, load => load.Median.TotalMicroseconds);
            report.Row(
                connections.ToString(System.Globalization.CultureInfo.InvariantCulture),
                dff.Of(load => load.RequestsPerSecond).Text("0"),
                report.AtLeast(dff.Ratio(bare, load => load.RequestsPerSecond), 0.7),
                report.AtLeast(dff.Ratio(flask, load => load.RequestsPerSecond), 2.5),
                bare.Ratio(flask, load => load.RequestsPerSecond).Text("0.00"),
                $"{dff.Of(load => load.Median.TotalMicroseconds).Text("0")} µs",
                connections == 1 ? report.AtMost(medianRatio, 1.5) : medianRatio.Text("0.00"),
                $"{dff.Of(load => load.Percentile99.TotalMicroseconds).Text("0")} µs");
        }
    }
}

internal sealed class SleepBenchmark : IBenchmark
{
    public string Name => "sleep";

    public async Task RunAsync(Plan plan, Report report)
    {
        await using var contestants = await Contestants.StartAsync(processes: 20);
        // Longer rounds: what is under way when one ends is not counted, and each call is long.
        var loads = await Rounds.TakeTurnsAsync(plan with { Round = plan.Round * 3 }, [contestants.SiloUrl + "/auln-sleep"], connections: 64);
        report.Section("A function that sleeps", "100 ms of sleep, 64 connections, 20 processes: 200 calls a second are possible.");
        report.Table("calls/s", "share of 200/s");
        var rate = loads[0].Of(load => load.RequestsPerSecond);
        report.Row(rate.Text("0.0"), report.AtLeast(rate / 200, 0.95, "0.000"));
    }
}

internal sealed class LargeResultBenchmark : IBenchmark
{
    public string Name => "large";

    public async Task RunAsync(Plan plan, Report report)
    {
        await using var contestants = await Contestants.StartAsync(processes: 10);
        using var client = new HttpClient();
        var size = (await client.GetByteArrayAsync(contestants.SiloUrl + "/auln-large")).Length;
        var loads = await Rounds.TakeTurnsAsync(plan, [contestants.SiloUrl + "/auln-large", contestants.BareUrl + "/large"], connections: 16);
        report.Section("A large result", $"{size / 1e6:0.00} MB of JSON, 16 connections.");
        report.Table("Dff, calls/s", "÷ bare engine");
        report.Row(loads[0].Of(load => load.RequestsPerSecond).Text("0"), report.AtLeast(loads[0].Ratio(loads[1], load => load.RequestsPerSecond), 0.7));
    }
}
