using Dff.Testing;

[assembly: AssemblyFixture(typeof(Dff.Silo.Tests.EmbeddedSilo))]

namespace Dff.Silo.Tests;

/// <summary>One embedded silo for the tests that leave others alone.</summary>
public sealed class EmbeddedSilo : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private SiloProcess? _silo;

    public SiloProcess Silo => _silo ?? throw new InvalidOperationException("not started");

    public ApiClient Api => Silo.Api;

    public async ValueTask InitializeAsync() => _silo = await SiloProcess.StartAsync(_directory.Path);

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null) await _silo.DisposeAsync();
        _directory.Dispose();
    }
}
