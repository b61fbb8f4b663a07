using System.Globalization;
using Dff.Benchmarks;

// The benchmarks of docs/performance.md. "bare PORT PROCESSES DIRECTORY" serves the bare engine; without arguments everything is measured and the page printed.
if (args is ["bare", var port, var processes, var directory])
{
    await BareEngine.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(processes, CultureInfo.InvariantCulture), directory);
    return 0;
}

var plan = args.Contains("--quick") ? Plan.Quick : Plan.Whole;
var chosen = args.Where(argument => !argument.StartsWith('-')).ToList();
var report = new Report();
foreach (var benchmark in (IBenchmark[])[new CallBenchmark(), new ApiAuthBenchmark(), new SleepBenchmark(), new LargeResultBenchmark(), new StartBenchmark(), new ListBenchmark(), new QueueBenchmark(), new QueueScalingBenchmark(), new CrontabBenchmark(), new BrowserBenchmark()])
{
    if (chosen.Count > 0 && !chosen.Contains(benchmark.Name)) continue;
    await Console.Error.WriteLineAsync($"-- {benchmark.Name}");
    await benchmark.RunAsync(plan, report);
}

Console.Write(report.ToMarkdown());
return report.IsMet ? 0 : 1;
