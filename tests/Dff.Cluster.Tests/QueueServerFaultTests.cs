using System.Diagnostics;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>The durable queue when the servers that nodes share go away, and when nodes lose sight of each other.</summary>
public sealed class QueueServerFaultTests(Servers servers)
{
    private const int Queue = 9;
    private const double Seconds = 0.2;

    /// <summary>Processes of three nodes.</summary>
    private const int Processes = 12;

    private static readonly int Tasks = TestSize.Of(2000);
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task The_database_is_killed_and_comes_back_ten_seconds_later()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(servers);
        await TaskLedger.PublishAsync(cluster[0].Api);
        var enqueueing = ledger.EnqueueThroughAsync(cluster[0].Api, Tasks, Seconds);
        var finished = await ledger.AmidWorkAsync(Tasks / 4, cluster[1].Api);

        await servers.MariaDb.KillAsync();
        var meanwhile = ledger.EnqueueThroughAsync(cluster[1].Api, Tasks / 10, Seconds);
        await Task.Delay(Away);
        await servers.MariaDb.RestartAsync();
        await ReportAsync("after the database was back a task was accepted", ledger, cluster[2]);
        await Task.WhenAll(enqueueing, meanwhile);
        var results = await ledger.FinishAllAsync(cluster[2].Api);

        ledger.Faults(results, finished, Processes).Should().BeEmpty();
        Report($"{ledger.Refused} calls were refused, {Repeated(ledger)} tasks ran twice");
    }

    [Fact]
    public async Task Redis_is_killed_and_nothing_stops_until_it_comes_back_ten_seconds_later()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(servers);
        await TaskLedger.PublishAsync(cluster[0].Api);
        // None may fail: what is kept in Redis is needed only when a node comes or goes.
        var enqueueing = ledger.EnqueueManyAsync(cluster[0].Api, Tasks, Seconds);
        await Eventually.TrueAsync(() => ledger.Ended >= Tasks / 4, "tasks run");

        await servers.Redis.KillAsync();
        try
        {
            await enqueueing;
            await Task.WhenAll(ledger.FinishAllAsync(cluster[1].Api), Task.Delay(Away));
            ledger.Begins().Values.Should().OnlyContain(count => count == 1);
        }
        finally
        {
            await servers.Redis.RestartAsync();
        }

        await RequireThatDeathsAreNoticedAsync(cluster, ledger);
    }

    [Fact]
    public async Task Redis_comes_back_without_its_data_and_the_nodes_stay_one_cluster()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(servers);
        await TaskLedger.PublishAsync(cluster[0].Api);
        var enqueueing = ledger.EnqueueManyAsync(cluster[0].Api, Tasks, Seconds);
        await Eventually.TrueAsync(() => ledger.Ended >= Tasks / 4, "tasks run");

        await servers.Redis.KillAsync();
        servers.Redis.LoseData();
        await servers.Redis.RestartAsync();
        var began = Stopwatch.GetTimestamp();
        await enqueueing;
        await ledger.FinishAllAsync(cluster[1].Api);
        ledger.Begins().Values.Should().OnlyContain(count => count == 1);
        await Eventually.TrueAsync(() => cluster.Silos.Any(silo => silo.Output.Contains("Redis had lost the members", StringComparison.Ordinal)), "the members are written again");
        Report($"the members were written again after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s at most");

        await RequireThatDeathsAreNoticedAsync(cluster, ledger);
    }

    [Fact]
    public async Task Two_nodes_that_do_not_reach_each_other_for_half_a_minute_lose_nothing()
    {
        using var ledger = new TaskLedger();
        using var network = new TestNetwork(3);
        await using var own = await Servers.StartAsync(network.Host);
        await using var cluster = await StartAsync(own, network);
        await TaskLedger.PublishAsync(cluster[0].Api);
        await ledger.EnqueueAsync(cluster[0].Api);
        var owner = cluster.Silos.ToList().FindIndex(Owns);
        var (other, third) = ((owner + 1) % 3, (owner + 2) % 3);
        var enqueueing = Task.WhenAll(new[] { owner, other, third }.Select(silo => ledger.EnqueueThroughAsync(cluster[silo].Api, Tasks / 3, Seconds)));
        var finished = await ledger.AmidWorkAsync(Tasks / 8, cluster[third].Api);

        network.Cut(owner, other);
        var meanwhile = Task.WhenAll(new[] { owner, other, third }.Select(silo => ledger.EnqueueThroughAsync(cluster[silo].Api, Tasks / 10, Seconds)));
        await Task.Delay(TimeSpan.FromSeconds(30));
        network.Mend(owner, other);
        await ReportAsync("after the network was whole a task was accepted", ledger, cluster[other]);
        await Task.WhenAll(enqueueing, meanwhile);
        var results = await ledger.FinishAllAsync(cluster[other].Api);

        ledger.Faults(results, finished, Processes).Should().BeEmpty();
        Report($"{ledger.Refused} calls were refused, {Repeated(ledger)} tasks ran twice; {cluster.Silos.Count(silo => silo.HasExited)} nodes ended");
    }

    /// <summary>A node that dies is taken out, its tasks run elsewhere, and a new node takes its place, in the cluster of the others.</summary>
    private static async Task RequireThatDeathsAreNoticedAsync(TestCluster cluster, TaskLedger ledger)
    {
        cluster.Silos.Sum(Openings).Should().Be(1, "no node believed that the others were gone");
        var victim = cluster.Silos.First(silo => !Owns(silo));
        var others = cluster.Silos.Where(silo => silo != victim).ToList();
        var finished = await ledger.FinishedAsync(others[0].Api);
        await Task.WhenAll(Enumerable.Range(0, 2 * Processes).Select(_ => ledger.EnqueueAsync(others[0].Api, seconds: 5)));
        await Eventually.TrueAsync(() => ledger.Lines.Count - (2 * ledger.Ended) == Processes, "all processes have one");

        await victim.KillAsync();
        var (died, fresh) = (Stopwatch.GetTimestamp(), await cluster.AddAsync(new Dictionary<string, string> { ["LOG_LEVEL"] = "INFO" }));
        var results = await ledger.FinishAllAsync(fresh.Api);

        ledger.Faults(results, finished, Processes / 3).Should().BeEmpty();
        results.Values.Should().Contain(result => (int)result["attempt"]! == 2, "the killed node ran some");
        Report($"the work of a node that died afterwards was done by others, and a new node had joined, within {Stopwatch.GetElapsedTime(died).TotalSeconds:0.0} s");
        // A node in a cluster of its own would not have waited for the others.
        for (var round = 1; round <= 5; round++)
        {
            await fresh.Api.PublishAsync("joined__a", $"@DFF.API('F')\ndef f():\n    return {round}\n");
            foreach (var silo in others) ((int)(await silo.Api.CallAsync("joined__a.f")).RequireOk().Data!["result"]!).Should().Be(round);
        }
    }

    private static async Task<TestCluster> StartAsync(Servers servers, TestNetwork? network = null) =>
        await TestCluster.StartAsync(servers, 3, network, [.. Enumerable.Range(0, 3).Select(index => (index, "LOG_LEVEL", "INFO"))]);

    private static bool Owns(SiloProcess silo) => Openings(silo) > 0;

    private static int Openings(SiloProcess silo) => silo.Output.Split($"Queue {Queue} is served here").Length - 1;

    private static int Repeated(TaskLedger ledger) => ledger.Begins().Values.Count(count => count > 1);

    private static async Task ReportAsync(string what, TaskLedger ledger, SiloProcess silo)
    {
        var began = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(async () => (await ledger.TryEnqueueAsync(silo.Api)).IsOk, what);
        Report($"{what}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }

    private static void Report(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
