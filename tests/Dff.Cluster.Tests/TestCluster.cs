using System.Globalization;
using Dff.Testing;

namespace Dff.Cluster.Tests;

/// <summary>Silo processes that share a store and a Redis.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly List<(SiloProcess Silo, TestDirectory Directory)> _silos = [];
    private readonly Dictionary<string, string> _settings;
    private readonly TestNetwork? _network;

    private TestCluster(Dictionary<string, string> settings, TestNetwork? network) => (_settings, _network) = (settings, network);

    public IReadOnlyList<SiloProcess> Silos => [.. _silos.Select(entry => entry.Silo)];

    public SiloProcess this[int index] => _silos[index].Silo;

    public static Task<TestCluster> StartAsync(Servers servers, int silos, params (int Index, string Key, string Value)[] special) => StartAsync(servers, silos, null, special);

    /// <param name="network">Where they run, each on a machine of its own, if not all on this one.</param>
    public static async Task<TestCluster> StartAsync(Servers servers, int silos, TestNetwork? network, params (int Index, string Key, string Value)[] special)
    {
        var cluster = new TestCluster(new Dictionary<string, string>(servers.MariaDb.SettingsOf(await servers.MariaDb.CreateDatabaseAsync()))
        {
            ["SECRET"] = "the-secret-of-this-cluster",
            ["REDIS_HOST"] = servers.Redis.Host,
            ["REDIS_PORT"] = servers.Redis.Port.ToString(CultureInfo.InvariantCulture),
            ["REDIS_PASSWORD"] = servers.Redis.Password,
            ["REDIS_DATABASE"] = servers.NextRedisDatabase().ToString(CultureInfo.InvariantCulture),
            ["SILO_ADDRESS"] = "127.0.0.1",
            ["_WORKER_CONCURRENCY"] = "4",
        }, network);
        try
        {
            var starting = Enumerable.Range(0, silos)
                .Select(index => LaunchAsync(cluster.Settings, special.Where(setting => setting.Index == index).ToDictionary(setting => setting.Key, setting => setting.Value), network?.Machines[index]))
                .ToArray();
            await ((Task)Task.WhenAll(starting)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Those beside one that failed, too, so that they are stopped.
            foreach (var silo in starting.Where(silo => silo.IsCompletedSuccessfully)) cluster._silos.Add(await silo);
            await Task.WhenAll(starting);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public IReadOnlyDictionary<string, string> Settings => _settings;

    public async Task<SiloProcess> AddAsync(IReadOnlyDictionary<string, string>? special = null)
    {
        var added = await LaunchAsync(_settings, special, _network?.Machines[_silos.Count]);
        _silos.Add(added);
        return added.Silo;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_silos.Select(entry => entry.Silo.DisposeAsync().AsTask()));
        foreach (var (_, directory) in _silos) directory.Dispose();
    }

    private static async Task<(SiloProcess Silo, TestDirectory Directory)> LaunchAsync(IReadOnlyDictionary<string, string> common, IReadOnlyDictionary<string, string>? special, TestMachine? machine)
    {
        var directory = new TestDirectory();
        var settings = new Dictionary<string, string>(common);
        foreach (var (key, value) in special ?? new Dictionary<string, string>()) settings[key] = value;
        return (await SiloProcess.StartAsync(directory.Path, settings, machine: machine), directory);
    }
}
