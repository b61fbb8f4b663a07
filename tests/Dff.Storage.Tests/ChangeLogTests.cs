using System.Collections.Concurrent;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using FluentAssertions;

namespace Dff.Storage.Tests;

public abstract class ChangeLogTests(StoreUnderTest store)
{
    [Fact]
    public async Task A_reader_never_misses_a_change_of_concurrent_writers()
    {
        await using var database = await store.CreateMigratedAsync();
        var changes = new ChangeLog(database, TimeProvider.System);
        const int Writers = 8, Each = 25;
        var written = new ConcurrentBag<long>();
        var seen = new List<long>();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var index = 0; index < Each; index++)
            {
                written.Add(await database.WriteAsync(
                    async (connection, transaction) =>
                    {
                        // The others get their turn between the number and the commit, which is where an order could break.
                        var seq = await changes.AppendAsync(connection, transaction, "kind", $"{writer}-{index}");
                        await Task.Yield();
                        return seq;
                    },
                    CancellationToken.None));
            }
        })));

        var position = 0L;
        while (position < Writers * Each)
        {
            var batch = await changes.ReadSinceAsync(position, CancellationToken.None);
            batch.IsComplete.Should().BeTrue();
            seen.AddRange(batch.Entries.Select(entry => entry.Seq));
            if (batch.Entries.Count > 0) position = batch.Entries[^1].Seq;
            if (writing.IsFaulted) await writing;
        }

        await writing;
        seen.Should().Equal(Enumerable.Range(1, Writers * Each).Select(number => (long)number));
        written.Should().BeEquivalentTo(seen);
    }

    [Fact]
    public async Task Many_changes_of_one_transaction_are_seen_together_and_in_their_order()
    {
        await using var database = await store.CreateMigratedAsync();
        var changes = new ChangeLog(database, TimeProvider.System);
        await database.WriteAsync((connection, transaction) => changes.AppendAsync(connection, transaction, "kind", "before"), CancellationToken.None);
        var many = Enumerable.Range(0, 450).Select(number => ($"kind{number % 3}", $"{number}")).ToList();

        var last = await database.WriteAsync((connection, transaction) => changes.AppendAsync(connection, transaction, many), CancellationToken.None);
        var none = await database.WriteAsync((connection, transaction) => changes.AppendAsync(connection, transaction, []), CancellationToken.None);

        (last, none).Should().Be((451L, 451L));
        var read = await changes.ReadSinceAsync(1, CancellationToken.None);
        read.IsComplete.Should().BeTrue();
        read.Entries.Select(entry => (entry.Kind, entry.EntityKey)).Should().Equal(many);
        read.Entries.Select(entry => entry.Seq).Should().Equal(Enumerable.Range(2, 450).Select(number => (long)number));
    }

    [Fact]
    public async Task A_change_that_is_rolled_back_leaves_no_gap()
    {
        await using var database = await store.CreateMigratedAsync();
        var changes = new ChangeLog(database, TimeProvider.System);
        await AppendAsync(database, changes, "a");
        var failing = () => database.WriteAsync<long>(
            async (connection, transaction) =>
            {
                await changes.AppendAsync(connection, transaction, "kind", "lost");
                throw new InvalidOperationException("after the number was taken");
            },
            CancellationToken.None);

        await failing.Should().ThrowAsync<InvalidOperationException>();
        await AppendAsync(database, changes, "b");

        (await changes.ReadSinceAsync(0, CancellationToken.None)).Entries.Select(entry => (entry.Seq, entry.EntityKey)).Should().Equal((1, "a"), (2, "b"));
    }

    [Fact]
    public async Task A_reader_that_is_too_far_behind_or_ahead_is_told()
    {
        await using var database = await store.CreateMigratedAsync();
        var changes = new ChangeLog(database, TimeProvider.System);
        for (var index = 0; index < 3; index++) await AppendAsync(database, changes, $"{index}");
        await database.WriteAsync((connection, transaction) => connection.ExecuteAsync("DELETE FROM change_log WHERE seq <= 2", transaction: transaction), CancellationToken.None);

        (await changes.ReadSinceAsync(0, CancellationToken.None)).IsComplete.Should().BeFalse("what came before is pruned");
        (await changes.ReadSinceAsync(2, CancellationToken.None)).IsComplete.Should().BeTrue();
        (await changes.ReadSinceAsync(3, CancellationToken.None)).IsComplete.Should().BeTrue("nothing is new");
        (await changes.ReadSinceAsync(9, CancellationToken.None)).IsComplete.Should().BeFalse("the database was put back");
    }

    [Fact]
    public async Task The_log_keeps_the_last_ten_thousand()
    {
        await using var database = await store.CreateMigratedAsync();
        var changes = new ChangeLog(database, TimeProvider.System);
        await database.WriteAsync((connection, transaction) => connection.ExecuteAsync("UPDATE change_counter SET seq = 10099", transaction: transaction), CancellationToken.None);
        await database.WriteAsync(
            (connection, transaction) => connection.ExecuteAsync("INSERT INTO change_log (seq, kind, entityKey, createTime) VALUES (99, 'k', 'old', 0), (101, 'k', 'young', 0)", transaction: transaction),
            CancellationToken.None);

        await AppendAsync(database, changes, "new");

        (await changes.ReadSinceAsync(0, CancellationToken.None)).Entries.Select(entry => entry.EntityKey).Should().Equal("young", "new");
    }

    private static Task<long> AppendAsync(StoreDatabase database, ChangeLog changes, string key) =>
        database.WriteAsync((connection, transaction) => changes.AppendAsync(connection, transaction, "kind", key), CancellationToken.None);

    public sealed class OnSqlite(SqliteStore store) : ChangeLogTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : ChangeLogTests(store);
}
