using Dff.Testing;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Dff.Browser.Tests.BrowserSilo))]

namespace Dff.Browser.Tests;

/// <summary>A silo on the embedded store and a browser, for the tests that leave others alone.</summary>
public sealed class BrowserSilo : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private Chromium? _chromium;
    private SiloProcess? _silo;

    public SiloProcess Silo => _silo ?? throw new InvalidOperationException("not started");

    public ApiClient Api => Silo.Api;

    public IBrowser Browser => _chromium?.Browser ?? throw new InvalidOperationException("not started");

    public async ValueTask InitializeAsync()
    {
        // Only what would never come ends a wait.
        Assertions.SetDefaultExpectTimeout(90_000);
        _silo = await SiloProcess.StartAsync(_directory.Path);
        _chromium = await Chromium.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        if (_silo is not null) await _silo.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>A signed-in user with a browser of their own.</summary>
    public Task<UserPage> OpenAsync(string path, Look? look = null) => UserPage.OpenAsync(Browser, Silo, path, look);
}
