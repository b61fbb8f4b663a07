using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>How the silo serves the web client.</summary>
public sealed partial class ClientFileTests(SqliteSilo sqlite)
{
    /// <summary>What a browser loads before anything can be used, compressed; the editor's own chunk is not part of it.</summary>
    private const int FirstLoadLimit = 300 * 1000;
    private const int EditorLimit = 350 * 1000;

    [Theory]
    [InlineData("/")]
    [InlineData("/editor/set__script")]
    [InlineData("/auth-links?create=x")]
    [InlineData("/no-such-page")]
    public async Task Every_address_of_the_client_begins_with_its_page_that_nobody_keeps(string path)
    {
        using var response = await GetAsync(path);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/html; charset=utf-8");
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        policy.Should().Contain("default-src 'self'").And.Contain("script-src 'self';").And.Contain("frame-ancestors 'none'");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
    }

    [Fact]
    public async Task The_page_has_no_script_of_its_own_and_loads_nothing_from_elsewhere()
    {
        var page = await sqlite.Api.Http.GetStringAsync("/");
        Script().Matches(page).Select(script => script.Value).Should().OnlyContain(script => script.Contains("src=\"/", StringComparison.Ordinal));
        page.Should().NotContain("http://").And.NotContain("https://");
    }

    [Fact]
    public async Task Assets_are_kept_for_ever_and_sent_compressed()
    {
        var asset = AssetsOfPage(await sqlite.Api.Http.GetStringAsync("/")).First();
        using var compressed = await GetAsync(asset, "gzip, br");
        compressed.Headers.CacheControl!.ToString().Should().Be("public, max-age=31536000, immutable");
        compressed.Content.Headers.ContentEncoding.Should().Equal("br");
        compressed.Headers.Vary.Should().Contain("Accept-Encoding");
        using var plain = await GetAsync(asset, "br;q=0");
        plain.Content.Headers.ContentEncoding.Should().BeEmpty();
        await using var unpacked = new BrotliStream(await compressed.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var text = new StreamReader(unpacked);
        (await text.ReadToEndAsync()).Should().Be(await plain.Content.ReadAsStringAsync());
        using var again = await GetAsync(asset, "br", compressed.Headers.ETag!.Tag);
        again.StatusCode.Should().Be(HttpStatusCode.NotModified);
    }

    [Theory]
    [InlineData("/assets/no-such-file.js")]
    [InlineData("/assets/../../Dff.Silo.dll")]
    [InlineData("/assets/%2e%2e/%2e%2e/Dff.Silo.dll")]
    [InlineData("/assets//etc/passwd")]
    public async Task What_is_no_file_of_the_client_is_not_served(string path)
    {
        using var response = await GetAsync(path);
        // A path that leaves the assets is one of the client's pages at most, never a file.
        (response.StatusCode == HttpStatusCode.NotFound || response.Content.Headers.ContentType?.MediaType == "text/html").Should().BeTrue($"{path} answered {response.StatusCode}");
    }

    [Fact]
    public async Task An_unknown_route_of_the_API_is_told_by_the_API()
    {
        var answer = await sqlite.Api.GetAsync("/api/v1/no-such-route");
        answer.Status.Should().Be(HttpStatusCode.NotFound);
        answer.Reason.Should().Be("EClientNotFound");
    }

    [Fact]
    public void The_first_load_is_small()
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        var page = File.ReadAllText(Path.Combine(directory, "index.html"));
        // What the page asks for at once, with what these import at once: the entry and the frame of a page. The editor's own chunk, asked for beside them, counts apart.
        var own = Chunks(directory, "EditorPage").ToList();
        var entry = Closure(directory, [.. AssetsOfPage(page).Except(own), .. Chunks(directory, "AppFrame"), .. Chunks(directory, "AuthLinksPage")]);
        Size(directory, entry).Should().BeLessThan(FirstLoadLimit);
        var editor = Closure(directory, own).Except(entry);
        Size(directory, editor).Should().BeLessThan(EditorLimit);
    }

    private static IEnumerable<string> Chunks(string directory, string name) =>
        Directory.EnumerateFiles(Path.Combine(directory, "assets"), name + "-*").Where(path => !path.EndsWith(".br", StringComparison.Ordinal)).Select(path => "/assets/" + Path.GetFileName(path));

    private static HashSet<string> Closure(string directory, IEnumerable<string> assets)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(assets);
        while (open.TryDequeue(out var asset))
        {
            if (!found.Add(asset) || !asset.EndsWith(".js", StringComparison.Ordinal)) continue;
            foreach (Match import in StaticImport().Matches(File.ReadAllText(directory + asset))) open.Enqueue("/assets/" + import.Groups[1].Value);
        }

        return found;
    }

    private static long Size(string directory, IEnumerable<string> assets) =>
        assets.Sum(asset => new FileInfo(File.Exists(directory + asset + ".br") ? directory + asset + ".br" : directory + asset).Length);

    private static IEnumerable<string> AssetsOfPage(string page) => Asset().Matches(page).Select(asset => asset.Groups[1].Value).Distinct();

    private Task<HttpResponseMessage> GetAsync(string path, string? encodings = null, string? tag = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encodings is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", encodings);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return sqlite.Api.Http.SendAsync(request);
    }

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("(?:src|href)=\"(/assets/[^\"]+)\"")]
    private static partial Regex Asset();

    [GeneratedRegex("""(?:from|import)\s*["']\./([^"']+\.js)["']""")]
    private static partial Regex StaticImport();
}
