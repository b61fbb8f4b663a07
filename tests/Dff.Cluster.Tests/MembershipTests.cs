using System.Net;
using Dff.Silo.Membership;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Dff.Cluster.Tests;

/// <summary>What silos remember of each other, on a real Redis.</summary>
public sealed class MembershipTests : IAsyncLifetime
{
    private readonly Servers _servers;
    private readonly ConfigurationOptions _redis;
    private readonly List<ServiceProvider> _started = [];
    private ConnectionMultiplexer? _connection;

    public MembershipTests(Servers servers)
    {
        _servers = servers;
        _redis = new ConfigurationOptions { EndPoints = { { servers.Redis.Host, servers.Redis.Port } }, Password = servers.Redis.Password, DefaultDatabase = servers.NextRedisDatabase(), AllowAdmin = true };
    }

    public async ValueTask InitializeAsync() => _connection = await ConnectionMultiplexer.ConnectAsync(_redis);

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _started) await silo.DisposeAsync();
        if (_connection is not null) await _connection.DisposeAsync();
    }

    [Fact]
    public async Task A_table_that_is_gone_is_written_again_by_whoever_looks_first()
    {
        var (a, b) = (await JoinAsync(1), await JoinAsync(2));
        await HeartbeatAsync(a, 1);
        await FlushAsync();

        await Task.WhenAll(HeartbeatAsync(a, 1), HeartbeatAsync(b, 2));

        foreach (var silo in (IMembershipTable[])[a, b])
        {
            var table = await silo.ReadAllAsync(CancellationToken.None);
            Ports(table).Should().Equal(1, 2);
            table.Version.Version.Should().BeGreaterThan(2, "only a newer version is taken");
        }
    }

    [Fact]
    public async Task A_silo_that_joined_an_empty_table_finds_the_others_in_it()
    {
        var (a, b) = (await JoinAsync(1), await JoinAsync(2));
        await HeartbeatAsync(a, 1);
        await HeartbeatAsync(b, 2);
        await FlushAsync();
        var c = await JoinAsync(3);

        await HeartbeatAsync(a, 1);

        foreach (var silo in (IMembershipTable[])[a, b, c]) Ports(await silo.ReadAllAsync(CancellationToken.None)).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task An_older_table_gets_back_what_came_later()
    {
        var a = await JoinAsync(1);
        var key = _connection!.GetServer(_servers.Redis.Host, _servers.Redis.Port).Keys(_redis.DefaultDatabase!.Value).Single();
        var older = await _connection.GetDatabase().KeyDumpAsync(key);
        await JoinAsync(2);
        var table = await a.ReadAllAsync(CancellationToken.None);
        var entry = table.TryGet(Address(1))!;
        (await a.UpdateRowAsync(With(entry.Item1, SiloStatus.Dead), entry.Item2, table.Version.Next(), CancellationToken.None)).Should().BeTrue();
        await a.ReadAllAsync(CancellationToken.None);
        await FlushAsync();
        await _connection.GetDatabase().KeyRestoreAsync(key, older!);

        var restored = await a.ReadAllAsync(CancellationToken.None);

        Ports(restored).Should().Equal(1, 2);
        restored.TryGet(Address(1))!.Item1.Status.Should().Be(SiloStatus.Dead);
        restored.Version.Version.Should().BeGreaterThan(3);
    }

    private Task FlushAsync() => _connection!.GetServer(_servers.Redis.Host, _servers.Redis.Port).FlushDatabaseAsync(_redis.DefaultDatabase!.Value);

    private async Task<IMembershipTable> JoinAsync(int port)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.Configure<RedisClusteringOptions>(options => options.ConfigurationOptions = _redis);
        services.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("dff", "dff"));
        services.AddSingleton<MembershipHash>();
        var provider = services.BuildServiceProvider();
        _started.Add(provider);
        // Orleans does not show the type that it registers.
        var type = typeof(RedisClusteringOptions).Assembly.GetType("Orleans.Clustering.Redis.RedisMembershipTable")!;
        var redis = (IMembershipTable)ActivatorUtilities.CreateInstance(provider, type);
        var silo = new RememberedMembership(redis, provider.GetRequiredService<MembershipHash>(), _ => Task.CompletedTask, NullLogger<RememberedMembership>.Instance);
        await silo.InitializeMembershipTableAsync(true, CancellationToken.None);
        var table = await silo.ReadAllAsync(CancellationToken.None);
        (await silo.InsertRowAsync(new MembershipEntry { SiloAddress = Address(port), Status = SiloStatus.Active, SiloName = "s", HostName = "h", StartTime = DateTime.UtcNow, IAmAliveTime = DateTime.UtcNow }, table.Version.Next(), CancellationToken.None)).Should().BeTrue();
        return silo;
    }

    private static Task HeartbeatAsync(IMembershipTable silo, int port) =>
        silo.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = Address(port), IAmAliveTime = DateTime.UtcNow }, CancellationToken.None);

    private static MembershipEntry With(MembershipEntry entry, SiloStatus status) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = status,
        SiloName = entry.SiloName,
        HostName = entry.HostName,
        StartTime = entry.StartTime,
        IAmAliveTime = entry.IAmAliveTime,
    };

    private static SiloAddress Address(int port) => SiloAddress.New(IPAddress.Loopback, port, 1);

    private static IEnumerable<int> Ports(MembershipTableData table) => table.Members.Select(member => member.Item1.SiloAddress.Endpoint.Port).Order();
}
