using Dff.Storage.Connections;
using Dff.Storage.Migrations;
using Dff.Testing;

[assembly: AssemblyFixture(typeof(Dff.Storage.Tests.SqliteStore))]
[assembly: AssemblyFixture(typeof(Dff.Storage.Tests.MariaDbStore))]
[assembly: AssemblyFixture(typeof(Dff.Storage.Tests.MariaDbByMySqlDataStore))]

namespace Dff.Storage.Tests;

/// <summary>A migrated database that all tests of its kind share, and empty ones for those that need their own.</summary>
public abstract class StoreUnderTest : IAsyncLifetime
{
    private StoreDatabase? _database;

    public StoreDatabase Database => _database ?? throw new InvalidOperationException("not started");

    public virtual async ValueTask InitializeAsync() => _database = await CreateMigratedAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public abstract Task<StoreOptions> CreateEmptyAsync();

    /// <summary>A database of the test's own.</summary>
    public async Task<StoreDatabase> CreateMigratedAsync()
    {
        var database = new StoreDatabase(await CreateEmptyAsync());
        await new Migrator(database).RunAsync(mayMigrate: true, CancellationToken.None);
        return database;
    }
}

public sealed class SqliteStore : StoreUnderTest
{
    private readonly TestDirectory _directory = new();

    public override Task<StoreOptions> CreateEmptyAsync() =>
        Task.FromResult(new StoreOptions { Kind = StoreKind.Sqlite, SqlitePath = _directory.Combine($"{Guid.NewGuid():N}.db") });

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>MariaDB through Oracle's driver.</summary>
public sealed class MariaDbByMySqlDataStore : MariaDbStore
{
    public override async Task<StoreOptions> CreateEmptyAsync() => await base.CreateEmptyAsync() with { Driver = MySqlDriver.MySqlData };
}

public class MariaDbStore : StoreUnderTest
{
    private MariaDbServer? _server;

    public override async ValueTask InitializeAsync()
    {
        _server = await MariaDbServer.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task<StoreOptions> CreateEmptyAsync() => new()
    {
        Kind = StoreKind.MySql,
        Host = _server!.Host,
        Port = _server.Port,
        User = _server.User,
        Password = _server.Password,
        Database = await _server.CreateDatabaseAsync(),
    };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }
}
