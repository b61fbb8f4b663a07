using System.Security.Cryptography;
using Dff.Testing;

[assembly: AssemblyFixture(typeof(Dff.Silo.Tests.SqliteSilo))]
[assembly: AssemblyFixture(typeof(Dff.Silo.Tests.MariaDbSilo))]

namespace Dff.Silo.Tests;

/// <summary>One silo for the tests that leave others alone; they run on each store.</summary>
public abstract class SiloUnderTest : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private SiloProcess? _silo;

    public SiloProcess Silo => _silo ?? throw new InvalidOperationException("not started");

    public ApiClient Api => Silo.Api;

    public string DataDirectory => _directory.Path;

    /// <summary>What it was told and no answer may hold.</summary>
    public IReadOnlyList<string> Secrets { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        var settings = await SettingsAsync();
        Secrets = [SiloProcess.Password, .. settings.Where(setting => setting.Key.Contains("PASSWORD", StringComparison.Ordinal) || setting.Key == "SECRET").Select(setting => setting.Value)];
        _silo = await SiloProcess.StartAsync(_directory.Path, settings);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_silo is not null) await _silo.DisposeAsync();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<IReadOnlyDictionary<string, string>> SettingsAsync();
}

public sealed class SqliteSilo : SiloUnderTest
{
    protected override Task<IReadOnlyDictionary<string, string>> SettingsAsync() => Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());
}

public sealed class MariaDbSilo : SiloUnderTest
{
    private MariaDbServer? _server;

    public MariaDbServer Server => _server ?? throw new InvalidOperationException("not started");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>What a silo of a test's own needs to be told to use an empty database of the same server. For tests that leave the server alone.</summary>
    public async Task<Dictionary<string, string>> NewDatabaseAsync() =>
        new(Server.SettingsOf(await Server.CreateDatabaseAsync())) { ["SECRET"] = RandomNumberGenerator.GetHexString(32) };

    protected override async Task<IReadOnlyDictionary<string, string>> SettingsAsync()
    {
        _server = await MariaDbServer.StartAsync();
        return await NewDatabaseAsync();
    }
}
