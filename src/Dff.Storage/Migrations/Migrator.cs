using System.Data.Common;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Dapper;
using Dff.Storage.Connections;
using EvolveDb;
using EvolveDb.Configuration;

namespace Dff.Storage.Migrations;

/// <summary>Brings the schema up to this program's version, on one node at a time and forward only.</summary>
public sealed partial class Migrator(StoreDatabase database)
{
    private const string LockName = "dff-migrate";
    private const int LockSeconds = 120;
    private const string Journal = "schema_changelog";

    private string Folder => $"Dff.Storage.Migrations.{(database.IsSqlite ? "sqlite" : "mysql")}";

    /// <exception cref="StoreException">The database is newer than the program, cannot be used, or may not be migrated.</exception>
    public async Task RunAsync(bool mayMigrate, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        var server = database.IsSqlite ? null : await MySqlServer.RequireSupportedAsync(connection);
        if (database.IsSqlite)
        {
            await BringUpAsync(connection, server, mayMigrate);
            return;
        }

        await TakeLockAsync(connection, cancellationToken);
        try
        {
            await BringUpAsync(connection, server, mayMigrate);
        }
        finally
        {
            // The pool keeps the session, and a session keeps its locks.
            await connection.ExecuteAsync("DO RELEASE_LOCK(@LockName)", new { LockName });
        }
    }

    private async Task BringUpAsync(DbConnection connection, MySqlServer? server, bool mayMigrate)
    {
        var known = KnownVersions().Max();
        var current = await CurrentVersionAsync(connection);
        if (current > known)
            throw new StoreException($"The database is at schema version {current}, this program knows up to {known}: start the newer program, or restore a backup from before the upgrade");
        if (current == known) return;
        if (!mayMigrate) throw new StoreException($"The database is at schema version {current} and must be migrated to {known}; start once without --no-migrate");
        Migrate(server);
    }

    /// <summary>What this program makes of a database, the oldest first.</summary>
    public static IReadOnlyList<SchemaUpgrade> Upgrades { get; } =
    [
        .. typeof(Migrator).Assembly.GetManifestResourceNames().Where(name => name.Contains(".sqlite.", StringComparison.Ordinal)).Select(name => VersionInName().Match(name)).Where(match => match.Success)
            .Select(match => new SchemaUpgrade(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value.Replace('_', ' '))).OrderBy(upgrade => upgrade.Seq),
    ];

    private static List<int> KnownVersions() =>
        [.. typeof(Migrator).Assembly.GetManifestResourceNames().Select(name => VersionInName().Match(name)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    private async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await database.OpenAsync(cancellationToken);
        }
        catch (DbException error)
        {
            throw new StoreException($"The database cannot be reached: {error.Message}", error);
        }
    }

    /// <summary>The lock belongs to this session and goes with it, so a node that dies here does not keep the others out.</summary>
    private static async Task TakeLockAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var taken = await connection.ExecuteScalarAsync<long?>(
            new CommandDefinition("SELECT GET_LOCK(@LockName, @LockSeconds)", new { LockName, LockSeconds }, commandTimeout: LockSeconds + 10, cancellationToken: cancellationToken));
        if (taken != 1) throw new StoreException($"Another node has been migrating the database for {LockSeconds} s; look at its log");
    }

    private async Task<int> CurrentVersionAsync(DbConnection connection)
    {
        var exists = await connection.ExecuteScalarAsync<long>(
            database.IsSqlite
                ? "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = @Journal"
                : "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = @Journal",
            new { Journal });
        if (exists == 0) return 0;
        var versions = await connection.QueryAsync<string?>($"SELECT version FROM {Journal} WHERE success = 1");
        return versions.Where(version => version is not null).Select(version => (int)double.Parse(version!, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
    }

    private void Migrate(MySqlServer? server)
    {
        using var connection = database.DataSource.CreateConnection();
        var evolve = new Evolve(connection, _ => { })
        {
            EmbeddedResourceAssemblies = [Assembly.GetExecutingAssembly()],
            EmbeddedResourceFilters = [Folder],
            MetadataTableName = Journal,
            IsEraseDisabled = true,
            EnableClusterMode = false,
            Placeholders = new Dictionary<string, string>
            {
                ["${bin}"] = server?.ExactCollation ?? "",
                ["${ci}"] = server?.CaseInsensitiveCollation ?? "",
            },
        };
        try
        {
            evolve.Migrate();
        }
        catch (EvolveException error)
        {
            throw new StoreException($"The database could not be migrated: {error.Message}", error);
        }
    }

    [GeneratedRegex(@"\.V(\d+)__([^.]+)\.sql$")]
    private static partial Regex VersionInName();
}

/// <summary>One change of the database's schema, which the program makes by itself when it starts.</summary>
public sealed record SchemaUpgrade(int Seq, string Name);
