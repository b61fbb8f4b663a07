using Dff.Testing;

[assembly: AssemblyFixture(typeof(Dff.Silo.Tests.DataSourceServers))]

namespace Dff.Silo.Tests;

/// <summary>One real server of each kind that data sources connect to, started by the first test that needs it.</summary>
public sealed class DataSourceServers : IAsyncLifetime
{
    private readonly Lazy<Task<MariaDbServer>> _mariaDb = new(() => MariaDbServer.StartAsync());
    private readonly Lazy<Task<PostgreSqlServer>> _postgreSql = new(PostgreSqlServer.StartAsync);
    private readonly Lazy<Task<RedisServer>> _redis = new(() => RedisServer.StartAsync());
    private readonly Lazy<Task<MemcachedServer>> _memcached = new(MemcachedServer.StartAsync);

    public static string[] Types { get; } = ["mysql", "postgresql", "redis", "memcached"];

    public Task<MariaDbServer> MariaDb => _mariaDb.Value;

    /// <summary>The configuration of a data source that reaches the server.</summary>
    public async Task<Dictionary<string, object?>> ConfigOfAsync(string type) => type switch
    {
        "mysql" => new() { ["host"] = "127.0.0.1", ["port"] = (await MariaDb).Port, ["user"] = (await MariaDb).User, ["password"] = (await MariaDb).Password, ["database"] = "mysql" },
        "postgresql" => new()
        {
            ["host"] = "127.0.0.1",
            ["port"] = (await _postgreSql.Value).Port,
            ["user"] = (await _postgreSql.Value).User,
            ["password"] = (await _postgreSql.Value).Password,
            ["database"] = "postgres",
        },
        "redis" => new() { ["host"] = "127.0.0.1", ["port"] = (await _redis.Value).Port, ["password"] = (await _redis.Value).Password },
        _ => new() { ["servers"] = $"127.0.0.1:{(await _memcached.Value).Port}" },
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_mariaDb.IsValueCreated) await (await MariaDb).DisposeAsync();
        if (_postgreSql.IsValueCreated) await (await _postgreSql.Value).DisposeAsync();
        if (_redis.IsValueCreated) await (await _redis.Value).DisposeAsync();
        if (_memcached.IsValueCreated) await (await _memcached.Value).DisposeAsync();
    }
}
