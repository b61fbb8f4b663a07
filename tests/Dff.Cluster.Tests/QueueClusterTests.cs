using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>The durable queue when nodes of a cluster die: nothing acknowledged is lost, nothing that has finished runs again.</summary>
public sealed class QueueClusterTests(Servers servers)
{
    private const int Queue = 9;
    private const double Seconds = 0.2;

    /// <summary>Of one node.</summary>
    private const int Processes = 4;

    private static readonly int Tasks = TestSize.Of(2000);

    [Fact]
    public async Task The_node_that_owns_the_queue_is_killed_while_tasks_come_and_run()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(3);
        await TaskLedger.PublishAsync(cluster[0].Api);
        await ledger.EnqueueAsync(cluster[0].Api);
        var owner = cluster.Silos.Single(Owns);
        var others = cluster.Silos.Where(silo => silo != owner).ToList();

        // No call fails while the queue moves: those that wait for it are answered when it has moved.
        var enqueueing = ledger.EnqueueManyAsync(others[0].Api, Tasks - 1, Seconds);
        var finished = await ledger.AmidWorkAsync(Tasks / 4, others[1].Api);
        await owner.KillAsync();
        await enqueueing;
        var results = await ledger.FinishAllAsync(others[1].Api);

        results.Should().HaveCount(Tasks);
        ledger.Faults(results, finished, Processes).Should().BeEmpty();
        others.Should().ContainSingle(silo => Owns(silo), "the queue has moved");
        results.Values.Should().Contain(result => (int)result["attempt"]! == 2, "the killed node ran some");
        var again = results.First(result => (int)result.Value["attempt"]! == 2).Key;
        (await others[0].Api.GetAsync($"/api/v1/tasks/{again}/events")).Text.Should().Contain("event: end").And.Contain("\"taskStatus\":\"success\"");
    }

    [Fact]
    public async Task A_node_that_only_runs_tasks_is_killed_and_the_others_run_them()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(3);
        await TaskLedger.PublishAsync(cluster[0].Api);
        await ledger.EnqueueAsync(cluster[0].Api);
        var runner = cluster.Silos.First(silo => !Owns(silo));
        var other = cluster.Silos.Last(silo => silo != runner);

        await ledger.EnqueueManyAsync(other.Api, Tasks, Seconds);
        var finished = await ledger.AmidWorkAsync(Tasks / 4, other.Api);
        await runner.KillAsync();
        var results = await ledger.FinishAllAsync(other.Api);

        ledger.Faults(results, finished, Processes).Should().BeEmpty();
        results.Values.Should().Contain(result => (int)result["attempt"]! == 2, "the killed node ran some");
    }

    [Fact]
    public async Task All_nodes_are_killed_and_new_ones_carry_on()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(3);
        await TaskLedger.PublishAsync(cluster[0].Api);
        await ledger.EnqueueManyAsync(cluster[1].Api, Tasks, Seconds);
        var finished = await ledger.AmidWorkAsync(Tasks / 4, cluster[1].Api);
        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        ledger.Ended.Should().BeLessThan(Tasks, "they are killed amid their work");

        var started = await Task.WhenAll(cluster.AddAsync(), cluster.AddAsync());
        var results = await ledger.FinishAllAsync(started[0].Api);

        results.Should().HaveCount(Tasks);
        ledger.Faults(results, finished, 3 * Processes).Should().BeEmpty();
    }

    [Fact]
    public async Task A_node_that_is_stopped_under_load_loses_nothing_and_nothing_runs_twice()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(3);
        await TaskLedger.PublishAsync(cluster[0].Api);
        await ledger.EnqueueAsync(cluster[0].Api);
        var owner = cluster.Silos.Single(Owns);
        var other = cluster.Silos.First(silo => silo != owner);

        var enqueueing = ledger.EnqueueManyAsync(other.Api, Tasks - 1, Seconds);
        await Eventually.TrueAsync(() => ledger.Ended >= Tasks / 4, "tasks run");
        (await owner.StopAsync()).Should().Be(0);
        await enqueueing;
        var results = await ledger.FinishAllAsync(other.Api);

        results.Should().HaveCount(Tasks);
        results.Values.Where(result => (string?)result["taskStatus"] != "success" || (int)result["attempt"]! != 1).Should().BeEmpty();
        ledger.Begins().Values.Where(count => count != 1).Should().BeEmpty();
    }

    [Fact]
    public async Task What_other_nodes_run_goes_on_when_the_owner_of_the_queue_is_killed()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await StartAsync(3);
        await TaskLedger.PublishAsync(cluster[0].Api);
        // Longer than a lease lasts, four on each node.
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ledger.EnqueueAsync(cluster[0].Api, seconds: 35)));
        await Eventually.TrueAsync(() => ledger.Begins().Count == 12, "all run");
        var owner = cluster.Silos.Single(Owns);

        await owner.KillAsync();
        var results = await ledger.FinishAllAsync(cluster.Silos.First(silo => silo != owner).Api);

        ledger.Faults(results, new Dictionary<string, string>(), Processes).Should().BeEmpty();
        results.Values.Select(result => (int)result["attempt"]!).Order().Should().Equal(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2);
        ledger.Begins().Values.Order().Should().Equal(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2);
    }

    private Task<TestCluster> StartAsync(int silos) =>
        TestCluster.StartAsync(servers, silos, [.. Enumerable.Range(0, silos).Select(index => (index, "LOG_LEVEL", "INFO"))]);

    private static bool Owns(SiloProcess silo) => silo.Output.Contains($"Queue {Queue} is served here", StringComparison.Ordinal);
}
