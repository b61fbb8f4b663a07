using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>What a cluster does as one: its start, and settings that are changed while it runs.</summary>
public sealed class RunTimeTests(Servers servers)
{
    private const string Code =
        """
        import os
        @DFF.API('On launch', integration='autoRun', integration_config={'onLaunch': True})
        def on_launch():
            file = os.open('PATH', os.O_WRONLY | os.O_APPEND)
            os.write(file, b'launch\n')
            os.close(file)
        """;

    [Fact]
    public async Task A_start_of_the_cluster_is_one_whatever_nodes_come_and_go_and_the_next_one_when_all_were_gone()
    {
        using var notes = new NoteFile();
        var code = Code.Replace("PATH", notes.Path, StringComparison.Ordinal);
        await using var cluster = await TestCluster.StartAsync(servers, 2);
        await cluster[0].Api.PublishAsync("launch__a", code);
        // The first to come after all have gone starts the cluster anew, the others join it.
        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        var first = await cluster.AddAsync();
        await LaunchesAsync(notes, 1);

        var second = await cluster.AddAsync();
        await first.KillAsync();
        var third = await cluster.AddAsync();
        (await second.StopAsync()).Should().Be(0);
        await cluster.AddAsync();
        // Had one of them been taken for a start, that would have been seen to before this, which comes after it on the same node.
        await third.Api.PublishAsync("launch__b", code.Replace("onLaunch", "onPublish", StringComparison.Ordinal));
        await LaunchesAsync(notes, 2);

        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        await cluster.AddAsync();
        await LaunchesAsync(notes, 3);
    }

    [Fact]
    public async Task A_system_config_is_in_force_on_every_node_when_it_is_answered()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2);
        await TaskLedger.PublishAsync(cluster[0].Api);
        foreach (var (silo, processes) in ((SiloProcess, int)[])[(cluster[0], 1), (cluster[1], 3)])
        {
            (await silo.Api.PostAsync("/api/v1/system-configs/_WORKER_CONCURRENCY/do/set", new { data = new { value = $"{processes}" } })).RequireOk();
            using var ledger = new TaskLedger();
            await ledger.EnqueueManyAsync(cluster[0].Api, 24, seconds: 0.3);
            await ledger.FinishAllAsync(cluster[1].Api);
            ledger.MostAtOnce.Should().Be(2 * processes);
        }
    }

    private static async Task LaunchesAsync(NoteFile notes, int expected)
    {
        await Eventually.TrueAsync(() => notes.Lines.Count >= expected, $"{expected} launches", TimeSpan.FromSeconds(90));
        notes.Lines.Should().HaveCount(expected);
    }
}
