using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Migrations;
using FluentAssertions;

namespace Dff.Storage.Tests;

public abstract class MigrationTests(StoreUnderTest store)
{
    [Fact]
    public async Task A_second_run_changes_nothing()
    {
        await using var database = new StoreDatabase(await store.CreateEmptyAsync());
        await MigrateAsync(database);
        var before = await JournalAsync(database);

        await MigrateAsync(database);

        (await JournalAsync(database)).Should().Equal(before).And.NotBeEmpty();
    }

    [Fact]
    public async Task Nodes_that_start_together_migrate_once_and_the_others_wait_for_it()
    {
        var options = await store.CreateEmptyAsync();
        // On SQLite the lock of the data directory admits one process only, so there is nothing to try there beyond the same process.
        var databases = Enumerable.Range(0, store.Database.IsSqlite ? 1 : 4).Select(_ => new StoreDatabase(options)).ToList();

        await Task.WhenAll(databases.Select(MigrateAsync));

        (await JournalAsync(databases[0])).Should().OnlyHaveUniqueItems();
        foreach (var database in databases) await database.DisposeAsync();
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused_and_left_as_it_is()
    {
        await using var database = new StoreDatabase(await store.CreateEmptyAsync());
        await MigrateAsync(database);
        await ExecuteAsync(database, "UPDATE schema_changelog SET version = '9999' WHERE version = '2'");
        var before = await JournalAsync(database);

        var start = () => MigrateAsync(database);

        (await start.Should().ThrowAsync<StoreException>()).WithMessage("*9999*newer program*");
        (await JournalAsync(database)).Should().Equal(before);
    }

    [Fact]
    public async Task Without_leave_an_empty_database_is_refused_and_stays_empty()
    {
        await using var database = new StoreDatabase(await store.CreateEmptyAsync());

        var start = () => new Migrator(database).RunAsync(mayMigrate: false, CancellationToken.None);

        (await start.Should().ThrowAsync<StoreException>()).WithMessage("*--no-migrate*");
        (await TablesAsync(database)).Should().BeEmpty();
    }

    [Fact]
    public async Task Both_dialects_have_the_same_tables_and_columns()
    {
        var tables = await TablesAsync(store.Database);

        tables.Should().Contain(["script_set", "script", "func", "auth_link", "env_variable", "OrleansStorage", "OrleansRemindersTable"]);
        foreach (var table in tables.Where(table => table != "schema_changelog"))
            (await ColumnsAsync(store.Database, table)).Should().BeEquivalentTo(SchemaFacts.Columns[table], $"of {table}");
        tables.Should().BeEquivalentTo([.. SchemaFacts.Columns.Keys, "schema_changelog"]);
    }

    private static Task MigrateAsync(StoreDatabase database) => new Migrator(database).RunAsync(mayMigrate: true, CancellationToken.None);

    private static async Task<IReadOnlyList<string>> JournalAsync(StoreDatabase database) =>
        await database.QueryAsync<string>("SELECT version FROM schema_changelog WHERE success = 1 AND version IS NOT NULL ORDER BY id", null, CancellationToken.None);

    private static async Task<IReadOnlyList<string>> TablesAsync(StoreDatabase database) => await database.QueryAsync<string>(
        database.IsSqlite
            ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            : "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        null,
        CancellationToken.None);

    private static async Task<IReadOnlyList<string>> ColumnsAsync(StoreDatabase database, string table) => await database.QueryAsync<string>(
        database.IsSqlite
            ? "SELECT name FROM pragma_table_xinfo(@table)"
            : "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = @table",
        new { table },
        CancellationToken.None);

    private static async Task ExecuteAsync(StoreDatabase database, string sql)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(sql);
    }

    public sealed class OnSqlite(SqliteStore store) : MigrationTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : MigrationTests(store);

    public sealed class OnMariaDbByMySqlData(MariaDbByMySqlDataStore store) : MigrationTests(store);
}
