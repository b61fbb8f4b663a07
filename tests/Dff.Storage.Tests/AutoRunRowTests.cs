using Dff.Storage.Scripts;
using FluentAssertions;

namespace Dff.Storage.Tests;

/// <summary>Who starts the cluster, when several nodes come at once.</summary>
public abstract class AutoRunRowTests(StoreUnderTest store)
{
    [Fact]
    public async Task Of_several_nodes_that_write_a_launch_at_once_one_wins_and_the_others_see_it()
    {
        await using var database = await store.CreateMigratedAsync();
        var rows = new AutoRunRepository(database);

        var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(index => rows.WriteLaunchAsync(null, new ClusterLaunch { LaunchId = $"{index}", Silos = $"{index}" }, CancellationToken.None)));
        var seen = (await rows.FindLaunchAsync(CancellationToken.None))!;
        var joined = await Task.WhenAll(Enumerable.Range(0, 4).Select(index => rows.WriteLaunchAsync(seen, seen with { Silos = $"{seen.Silos} {index}" }, CancellationToken.None)));

        first.Count(won => won).Should().Be(1);
        joined.Count(won => won).Should().Be(1);
        (await rows.WriteLaunchAsync(seen, seen with { IsDone = true }, CancellationToken.None)).Should().BeFalse("somebody has joined since it was read");
        var last = (await rows.FindLaunchAsync(CancellationToken.None))!;
        (await rows.WriteLaunchAsync(last, last with { IsDone = true }, CancellationToken.None)).Should().BeTrue();
        (await rows.FindLaunchAsync(CancellationToken.None)).Should().Be(last with { IsDone = true });
    }

    public sealed class OnSqlite(SqliteStore store) : AutoRunRowTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : AutoRunRowTests(store);
}
