using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>A queue that is full to its limit: it takes no more, costs little memory, opens again soon, and keeps nothing else waiting.</summary>
public sealed class QueueSizeTests
{
    private const int MostMegabytes = 300;

    /// <summary>Which nobody serves, so that all of them wait.</summary>
    private const int Queue = 5;

    private static readonly int Limit = TestSize.Of(100_000);

    [Fact]
    public async Task A_hundred_thousand_tasks_wait_in_one_queue()
    {
        using var directory = new TestDirectory();
        var settings = new Dictionary<string, string> { ["WORKER_QUEUES"] = "1,7", ["LOG_LEVEL"] = "INFO", ["_WORKER_LIMIT_QUEUED"] = Limit.ToString(CultureInfo.InvariantCulture) };
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            await silo.Api.PublishAsync("many__a", "@DFF.API('F', queue=5)\ndef f(x):\n    return x\n@DFF.API('Q')\ndef quick():\n    return 1\n");
            await silo.Api.CallAsync("many__a.quick");
            var (before, began) = (Megabytes(silo), Stopwatch.GetTimestamp());
            var slowest = TimeSpan.Zero;
            using var stop = new CancellationTokenSource();
            var others = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var called = Stopwatch.GetTimestamp();
                    (await silo.Api.CallAsync("many__a.quick")).RequireOk();
                    if (Stopwatch.GetElapsedTime(called) is var took && took > slowest) slowest = took;
                    await Task.Delay(50);
                }
            });
            await Parallel.ForEachAsync(Enumerable.Range(0, Limit), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) => (await EnqueueAsync(silo.Api, number)).RequireOk());
            Report($"{Limit} tasks were accepted in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s; the slowest call of a function meanwhile took {slowest.TotalMilliseconds:0} ms");
            await stop.CancelAsync();
            await others;

            var refused = await EnqueueAsync(silo.Api, Limit);
            (refused.Reason, (double)refused.Json["error"]!, (int)refused.Json["detail"]!["limit"]!).Should().Be(("EWorkerQueueCongestion", 599.50, Limit));
            (await WaitingAsync(silo.Api)).Should().Be(Limit);
            var grown = Megabytes(silo) - before;
            Report($"the node had grown by {grown} MB");
            grown.Should().BeLessThan(MostMegabytes);
            await silo.KillAsync();
        }

        var restarting = Stopwatch.GetTimestamp();
        await using var again = await SiloProcess.StartAsync(directory.Path, settings);
        ((int)(await again.Api.CallAsync("many__a.quick")).RequireOk().Data!["result"]!).Should().Be(1, "a queue that is being read keeps no call waiting");
        var called = Stopwatch.GetElapsedTime(restarting);
        await Eventually.TrueAsync(() => again.Output.Contains($"Queue {Queue} is served here under epoch 2, with {Limit} unfinished tasks", StringComparison.Ordinal), "the queue is open");
        Report($"after the restart a call was answered after {called.TotalSeconds:0.0} s, and the queue was open after {Stopwatch.GetElapsedTime(restarting).TotalSeconds:0.0} s");
        (await WaitingAsync(again.Api)).Should().Be(Limit);

        var clearing = Stopwatch.GetTimestamp();
        (await again.Api.PostAsync("/api/v1/monitor/worker-queues/do/clear", new { workerQueues = new[] { Queue.ToString(CultureInfo.InvariantCulture) } })).RequireOk();
        (await WaitingAsync(again.Api)).Should().Be(0);
        Report($"it was cleared in {Stopwatch.GetElapsedTime(clearing).TotalSeconds:0.0} s");
        (await EnqueueAsync(again.Api, 0)).RequireOk();
    }

    private static Task<ApiAnswer> EnqueueAsync(ApiClient api, int number) => api.CallAsync("many__a.f", new { x = number }, new JsonObject { ["execMode"] = "async", ["neverExpire"] = true });

    private static async Task<int> WaitingAsync(ApiClient api) => (int)(await api.GetAsync("/api/v1/worker-queues/do/list")).RequireOk().Data!.AsArray()[Queue]!["ready"]!;

    private static int Megabytes(SiloProcess silo) =>
        int.Parse(File.ReadLines($"/proc/{silo.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))[6..^2], CultureInfo.InvariantCulture) / 1024;

    private static void Report(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
