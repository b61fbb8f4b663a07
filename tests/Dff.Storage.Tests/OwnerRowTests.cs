using Dapper;
using Dff.Storage.Connections;
using FluentAssertions;

namespace Dff.Storage.Tests;

/// <summary>One node alone on a MySQL database; on SQLite the data directory's lock does it.</summary>
public sealed class OwnerRowTests(MariaDbStore store)
{
    [Fact]
    public async Task A_second_node_is_told_who_has_it_until_the_first_lets_go()
    {
        await using var database = await store.CreateMigratedAsync();
        var (first, second) = (new OwnerRow(database, "node one", "t1"), new OwnerRow(database, "node two", "t2"));

        (await first.TryTakeAsync(CancellationToken.None)).Should().BeNull();
        (await second.TryTakeAsync(CancellationToken.None)).Should().Be("node one");
        await second.ReleaseAsync(CancellationToken.None);
        (await second.TryTakeAsync(CancellationToken.None)).Should().Be("node one", "it lets go of its own only");
        await first.ReleaseAsync(CancellationToken.None);
        (await second.TryTakeAsync(CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task A_row_that_was_not_renewed_belongs_to_nobody()
    {
        await using var database = await store.CreateMigratedAsync();
        var (first, second) = (new OwnerRow(database, "node one", "t1"), new OwnerRow(database, "node two", "t2"));
        await first.TryTakeAsync(CancellationToken.None);
        await AgeAsync(database);
        await first.RenewAsync(CancellationToken.None);
        (await second.TryTakeAsync(CancellationToken.None)).Should().Be("node one");

        await AgeAsync(database);

        (await second.TryTakeAsync(CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task Of_several_nodes_at_once_one_gets_it()
    {
        await using var database = await store.CreateMigratedAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => new OwnerRow(database, $"node {index}", $"t{index}").TryTakeAsync(CancellationToken.None)));

        answers.Count(answer => answer is null).Should().Be(1);
    }

    private static Task AgeAsync(StoreDatabase database) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync("UPDATE silo_owner SET renewTime = renewTime - 21000", transaction: transaction), CancellationToken.None);
}
