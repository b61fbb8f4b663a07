using Dff.Testing;

[assembly: AssemblyFixture(typeof(Dff.Cluster.Tests.Servers))]

namespace Dff.Cluster.Tests;

/// <summary>The MariaDB and the Redis of all cluster tests; each cluster has a database of its own in both.</summary>
public sealed class Servers : IAsyncLifetime
{
    private int _redisDatabase;
    private MariaDbServer? _mariaDb;
    private RedisServer? _redis;

    public MariaDbServer MariaDb => _mariaDb!;

    public RedisServer Redis => _redis!;

    public ValueTask InitializeAsync() => RunAsync("127.0.0.1");

    /// <summary>Servers of a test's own.</summary>
    public static async Task<Servers> StartAsync(string host)
    {
        var servers = new Servers();
        await servers.RunAsync(host);
        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        if (_mariaDb is not null) await _mariaDb.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    private async ValueTask RunAsync(string host)
    {
        _mariaDb = await MariaDbServer.StartAsync(host);
        _redis = await RedisServer.StartAsync(host);
    }

    /// <summary>A number that no other cluster uses.</summary>
    public int NextRedisDatabase() => Interlocked.Increment(ref _redisDatabase);
}
