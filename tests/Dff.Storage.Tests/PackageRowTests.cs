using System.Security.Cryptography;
using Dff.Storage.Connections;
using Dff.Storage.Lists;
using Dff.Storage.Packages;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Storage.Tests;

/// <summary>What is kept of packages: contents of any size, pending imports, histories, recover points.</summary>
public abstract class PackageRowTests(StoreUnderTest store)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512 * 1024)]
    [InlineData((512 * 1024) + 1)]
    [InlineData(5_000_000)]
    public async Task A_content_of_any_size_comes_back_and_goes(int size)
    {
        var (contents, id, content) = (new StoredContent(store.Database), ShortId.New("test"), RandomNumberGenerator.GetBytes(size));
        await WriteAsync(async (connection, transaction) => await contents.WriteAsync(connection, transaction, id, content));
        (await contents.ReadAsync(id, CancellationToken.None)).Should().Equal(content);

        await WriteAsync((connection, transaction) => StoredContent.DeleteAsync(connection, transaction, [id]));

        (await contents.ReadAsync(id, CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_pending_import_is_taken_once_and_goes_when_its_time_is_over()
    {
        var (time, contents) = (new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)), new StoredContent(store.Database));
        var pending = new PendingImportRepository(store.Database, contents, time);
        var (taken, forgotten) = (Row(time), Row(time));
        foreach (var row in (PendingImportRow[])[taken, forgotten]) await pending.AddAsync(row, [1, 2, 3], CancellationToken.None);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            store.Database.WriteAsync((connection, transaction) => PendingImportRepository.TakeAsync(connection, transaction, taken.Id), CancellationToken.None)));

        outcomes.Count(isTaken => isTaken).Should().Be(1);
        (await contents.ReadAsync(taken.Id, CancellationToken.None)).Should().BeEmpty();
        time.Advance(TimeSpan.FromSeconds(899));
        await pending.TrimAsync(CancellationToken.None);
        (await pending.FindAsync(forgotten.Id, CancellationToken.None)).Should().NotBeNull();
        time.Advance(TimeSpan.FromSeconds(2));
        await pending.TrimAsync(CancellationToken.None);
        (await pending.FindAsync(forgotten.Id, CancellationToken.None)).Should().BeNull();
        (await contents.ReadAsync(forgotten.Id, CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task What_follows_an_import_and_fails_is_told_in_its_history()
    {
        await using var database = await store.CreateMigratedAsync();
        var history = new PackageHistoryRepository(database, TimeProvider.System);
        await database.WriteAsync(
            async (connection, transaction) =>
            {
                await history.AddImportAsync(connection, transaction, "ssih-1", "N", new RawJson("{}"));
                await PackageHistoryRepository.AddFollowUpsAsync(
                    connection, transaction, Enumerable.Range(0, 3).Select(number => new FollowUpRow { ImportId = "ssih-1", Part = "p", EntityId = $"{number}", RowJSON = new RawJson($$"""{"n":{{number}}}""") }));
                return true;
            },
            CancellationToken.None);
        (await ImportAsync(history)).Status.Should().Be("inProgress");

        foreach (var row in await history.GetFollowUpsAsync(CancellationToken.None))
        {
            var failure = row.EntityId == "0" ? (RawJson?)null : new RawJson($$"""{"id":"{{row.EntityId}}"}""");
            await history.FinishAsync(row, failure, CancellationToken.None);
            await history.FinishAsync(row, failure, CancellationToken.None);
        }

        var import = await ImportAsync(history);
        (import.Status, import.FailuresJSON.Text).Should().Be(("done", """[{"id":"1"},{"id":"2"}]"""));
    }

    [Fact]
    public async Task Histories_and_recover_points_are_kept_within_their_limits()
    {
        await using var database = await store.CreateMigratedAsync();
        var (history, contents) = (new PackageHistoryRepository(database, TimeProvider.System), new StoredContent(database));
        var points = new RecoverPointRepository(database, contents, TimeProvider.System);
        foreach (var number in Enumerable.Range(0, 7))
        {
            await history.AddExportAsync($"{number}", new RawJson("{}"), CancellationToken.None);
            await database.WriteAsync(
                async (connection, transaction) =>
                {
                    await history.AddImportAsync(connection, transaction, $"ssih-{number}", $"{number}", new RawJson("{}"));
                    await points.AddAsync(connection, transaction, new RecoverPointRow { Id = $"srpt-{number}", Type = "manual", Note = $"{number}", SummaryJSON = new RawJson("{}") }, [(byte)number]);
                    return true;
                },
                CancellationToken.None);
        }

        await history.TrimAsync(2, 3, CancellationToken.None);
        await points.TrimAsync(4, CancellationToken.None);

        (await history.ListExportsAsync(ListQuery.All, CancellationToken.None)).Rows.Select(row => row.Note).Should().Equal("6", "5");
        (await history.ListImportsAsync(ListQuery.All, CancellationToken.None)).Rows.Select(row => row.Note).Should().Equal("6", "5", "4");
        (await points.ListAsync(ListQuery.All, CancellationToken.None)).Rows.Select(row => row.Note).Should().Equal("6", "5", "4", "3");
        (await points.ReadDumpAsync("srpt-3", CancellationToken.None)).Should().Equal(3);
        (await points.ReadDumpAsync("srpt-2", CancellationToken.None)).Should().BeEmpty();
    }

    private static PendingImportRow Row(TimeProvider time) => new() { Id = ShortId.New("import"), UserId = "u", ExpireTime = time.GetUtcNow().AddSeconds(900) };

    private static async Task<ImportHistoryRow> ImportAsync(PackageHistoryRepository history) => (await history.ListImportsAsync(ListQuery.All, CancellationToken.None)).Rows.Should().ContainSingle().Subject;

    private Task WriteAsync(Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, Task> work) => store.Database.WriteAsync(
        async (connection, transaction) =>
        {
            await work(connection, transaction);
            return true;
        },
        CancellationToken.None);

    public sealed class OnSqlite(SqliteStore store) : PackageRowTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : PackageRowTests(store);
}
