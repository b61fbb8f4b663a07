using System.Collections.Concurrent;
using System.Text.Json;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Playwright;

namespace Dff.Browser.Tests;

/// <summary>How a page is looked at.</summary>
public sealed record Look(string Language = "en", string Theme = "light", int Width = 1280, int Height = 720)
{
    public override string ToString() => $"{Language}-{Theme}-{Width}x{Height}";
}

/// <summary>A page in a browser of its own, and what the browser complained about.</summary>
public sealed class UserPage : IAsyncDisposable
{
    /// <summary>Milliseconds; the tests of other projects run beside these.</summary>
    private const int Timeout = 90_000;

    private readonly ConcurrentQueue<string> _complaints = new();

    private UserPage(IBrowserContext context, IPage page)
    {
        (Context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => _complaints.Enqueue($"uncaught: {error}");
    }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>What the browser wrote to its console, so that a test can expect some of it.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Opens an address as the administrator who is signed in already.</summary>
    /// <param name="port">Where the silo is reached, where that is not its own port.</param>
    public static async Task<UserPage> OpenAsync(IBrowser browser, SiloProcess silo, string path, Look? look = null, int? port = null)
    {
        var user = await OpenSignedOutAsync(browser, silo, look, port);
        await user.Context.AddInitScriptAsync($"localStorage.getItem('dff.token') ?? localStorage.setItem('dff.token', {JsonSerializer.Serialize(silo.Api.Token)})");
        await user.Page.GotoAsync(path);
        return user;
    }

    public static async Task<UserPage> OpenSignedOutAsync(IBrowser browser, SiloProcess silo, Look? look = null, int? port = null)
    {
        look ??= new Look();
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = $"http://127.0.0.1:{port ?? silo.WebPort}",
            Locale = look.Language == "zh" ? "zh-CN" : "en-GB",
            ColorScheme = look.Theme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = look.Width, Height = look.Height },
        });
        context.SetDefaultTimeout(Timeout);
        return new UserPage(context, await context.NewPageAsync());
    }

    /// <summary>
    /// Waits until the page is at an address that begins so; where it never gets there, what it shows instead says why. Playwright's own wait is for a load as
    /// well, which it misses where a page goes on to another of its addresses while it loads.
    /// </summary>
    public async Task ArriveAsync(string pathAndQuery)
    {
        try
        {
            await Eventually.TrueAsync(() => new Uri(Page.Url).PathAndQuery.StartsWith(pathAndQuery, StringComparison.Ordinal), $"the page is at {pathAndQuery}", TimeSpan.FromMilliseconds(Timeout));
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}\nThe page is at {Page.Url}, the browser complained about [{string.Join("; ", _complaints)}], and it shows:\n{await Page.Locator("body").InnerTextAsync()}", error);
        }
    }

    /// <param name="but">Complaints with this text are expected.</param>
    public void ShouldHaveNoComplaints(string? but = null) =>
        _complaints.Where(complaint => but is null || !complaint.Contains(but, StringComparison.Ordinal)).Should().BeEmpty("the browser's console stays empty");

    public async ValueTask DisposeAsync() => await Context.DisposeAsync();
}
