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

    public async ValueTask InitializeAsync() => _silo = await SiloProcess.StartAsync(_directory.Path, await SettingsAsync());

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

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    protected override async Task<IReadOnlyDictionary<string, string>> SettingsAsync()
    {
        _server = await MariaDbServer.StartAsync();
        return new Dictionary<string, string>(_server.SettingsOf(await _server.CreateDatabaseAsync())) { ["SECRET"] = RandomNumberGenerator.GetHexString(32) };
    }
}
