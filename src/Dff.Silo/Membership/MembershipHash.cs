using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Dff.Silo.Membership;

/// <summary>The table of members as Redis holds it: one hash, with a field for each silo and one for the version, which every change raises by one.</summary>
/// <param name="Version">-1: there is no table.</param>
internal sealed record MembershipImage(long Version, IReadOnlyList<HashEntry> Silos);

/// <summary>Reads and restores the hash whole, without looking into what Orleans writes for a silo.</summary>
internal sealed class MembershipHash(IOptions<RedisClusteringOptions> redis, IOptions<ClusterOptions> cluster) : IAsyncDisposable
{
    private const string VersionField = "Version";

    // At once, and only where the table is still the one that was found: of several silos that restore it, one does.
    private const string Restore =
        """
        local version = redis.call('HGET', KEYS[1], 'Version')
        if (version or '-1') ~= ARGV[1] then
            return 0
        end
        redis.call('HSET', KEYS[1], 'Version', ARGV[2], unpack(ARGV, 3))
        return 1
        """;

    private readonly RedisKey _key = redis.Value.CreateRedisKey(cluster.Value);
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection = new(() => ConnectionMultiplexer.ConnectAsync(redis.Value.ConfigurationOptions!));

    public async Task<MembershipImage> ReadAsync(CancellationToken cancellationToken)
    {
        var fields = await (await DatabaseAsync()).HashGetAllAsync(_key).WaitAsync(cancellationToken);
        var version = fields.FirstOrDefault(field => field.Name == VersionField).Value;
        return new MembershipImage(version.HasValue ? (long)version : -1, [.. fields.Where(field => field.Name != VersionField)]);
    }

    /// <returns>False: the table is not <paramref name="found"/> any more; nothing was written.</returns>
    public async Task<bool> RestoreAsync(MembershipImage found, MembershipImage image, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [Text(found.Version), Text(image.Version), .. image.Silos.SelectMany(silo => (RedisValue[])[silo.Name, silo.Value])];
        return (int)await (await DatabaseAsync()).ScriptEvaluateAsync(Restore, [_key], arguments).WaitAsync(cancellationToken) == 1;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated) await (await _connection.Value).DisposeAsync();
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private async Task<IDatabase> DatabaseAsync() => (await _connection.Value).GetDatabase();
}
