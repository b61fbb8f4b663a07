using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Functions that choose how they are answered: DFF.RESP and its kin.</summary>
public sealed class ResponseTests(SqliteSilo silo)
{
    private const string Code =
        """
        @DFF.API('Any')
        def f(data=None, **options):
            return DFF.RESP(data, **options)
        @DFF.API('Redirect')
        def go():
            return DFF.REDIRECT('/elsewhere')
        @DFF.API('File')
        def file(path, **options):
            return DFF.RESP_FILE(path, **options)
        @DFF.API('Large')
        def large(rows=300, text=None):
            return DFF.RESP_LARGE_DATA(text * rows if text else [{'n': i} for i in range(rows)])
        @DFF.API('Cached', cache_result=600)
        def cached(x):
            return DFF.RESP_LARGE_DATA([x, _DFF_TASK_ID])
        @DFF.API('Cached file', cache_result=600)
        def cached_file(path):
            return DFF.RESP_FILE(path, auto_delete=True)
        @DFF.API('Uploaded')
        def uploaded(files):
            return DFF.RESP_FILE(files[0]['filePath'], download=False)
        """;

    private readonly ApiClient _api = silo.Api;

    private string Resources => Path.Combine(silo.DataDirectory, "resources");

    [Fact]
    public async Task Status_content_type_and_headers_are_as_the_function_says()
    {
        var link = await LinkAsync("f");

        var made = await PostAsync(link, new { data = new { a = 1 }, status_code = 201, headers = new Dictionary<string, object> { ["X-Own"] = 5, ["Cache-Control"] = "max-age=60", ["Content-Length"] = "999", ["X-Trace-Id"] = "mine", ["Set-Cookie"] = "xDFFAuthToken=1" } });

        (made.Status, made.Text, made.ContentType).Should().Be((HttpStatusCode.Created, """{"a":1}""", "application/json"));
        (made.Headers.GetValues("X-Own").Single(), made.Headers.CacheControl!.ToString()).Should().Be(("5", "max-age=60"));
        made.Headers.GetValues("X-Trace-Id").Single().Should().NotBe("mine");
        made.Headers.Contains("Set-Cookie").Should().BeFalse("the session is not the function's");
        foreach (var (given, type) in ((string, string)[])[("csv", "text/csv"), ("json", "application/json"), ("txt", "text/plain"), ("image/png", "image/png"), ("image/../x\r\nA: b", "application/octet-stream")])
            (await PostAsync(link, new { data = "a,b", content_type = given })).ContentType.Should().Be(type);
        var page = await PostAsync(link, new { data = "<script>1</script>", content_type = "html" });
        (page.Text, page.ContentType).Should().Be(("<script>1</script>", "text/html"));
        page.Headers.GetValues("Content-Security-Policy").Should().ContainSingle(policy => policy.StartsWith("sandbox", StringComparison.Ordinal), "a page of a function is not of the origin of the system");
        var none = await PostAsync(link, new { data = "x", status_code = 204 });
        (none.Status, none.Text).Should().Be((HttpStatusCode.NoContent, ""));
        (await PostAsync(link, new { data = "x", headers = new Dictionary<string, string> { ["A"] = "b\r\nc: d" } })).Reason.Should().Be("EFuncFailed");
    }

    [Fact]
    public async Task A_content_type_means_the_bare_result_and_a_status_does_not()
    {
        var script = await PublishAsync();

        var enveloped = await _api.CallAsync($"{script}.f", new { data = new[] { 1 }, status_code = 202 });
        var bare = await _api.CallAsync($"{script}.f", new { data = new[] { 1 }, content_type = "json" });
        var plain = await _api.CallAsync($"{script}.f", new { data = new[] { 1 } });

        (enveloped.Status, enveloped.Data!["result"]!.ToJsonString()).Should().Be((HttpStatusCode.Accepted, "[1]"));
        (bare.Status, bare.Text).Should().Be((HttpStatusCode.OK, "[1]"));
        plain.RequireOk().Data!["result"]!.ToJsonString().Should().Be("[1]");
        var queued = (await _api.CallAsync($"{script}.large", new { rows = 2 }, new { execMode = "async" })).RequireOk().Data!["taskId"];
        (await _api.GetAsync($"/api/v1/func-result?taskId={queued}&wait=60")).RequireOk().Data!["result"]!.ToJsonString().Should().Be("""[{"n":0},{"n":1}]""", "a queued result is a result like others");
        (await _api.PostAsync($"/api/v1/func-draft/{script}.large", new { kwargs = new { rows = 1 } })).RequireOk().Data!["result"]!["funcResult"]!["raw"]!.ToJsonString().Should().Be("""[{"n":0}]""");
    }

    [Fact]
    public async Task A_caller_who_has_the_content_is_told_so()
    {
        var link = await LinkAsync("f");
        var path = $"/api/v1/al/{link}?kwargs={Uri.EscapeDataString("""{"data":"same","content_type":"txt","allow_304":true}""")}";
        var first = (await _api.GetAsync(path)).RequireOk();

        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        var again = await _api.SendAsync(request);

        (again.Status, again.Text).Should().Be((HttpStatusCode.NotModified, ""));
    }

    [Fact]
    public async Task Downloads_have_a_name_and_redirections_a_place()
    {
        var script = await PublishAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = _api.Http.BaseAddress };
        await _api.AddLinkAsync($"go-{script}", $"{script}.go", new { });
        await _api.AddLinkAsync($"f-{script}", $"{script}.f", new { data = "a", download = "b é\"/../c.csv" });

        using var moved = await http.GetAsync($"/api/v1/al/go-{script}");
        using var saved = await http.GetAsync($"/api/v1/al/f-{script}");

        (moved.StatusCode, moved.Headers.Location?.OriginalString).Should().Be((HttpStatusCode.Found, "/elsewhere"));
        (saved.Content.Headers.ContentDisposition!.DispositionType, saved.Content.Headers.ContentDisposition.FileNameStar).Should().Be(("attachment", "b é\"..c.csv"));
        (await saved.Content.ReadAsStringAsync()).Should().Be("a");
    }

    [Fact]
    public async Task Files_below_the_resources_are_answered_and_no_others()
    {
        var link = await LinkAsync("file");
        var folder = Directory.CreateDirectory(Path.Combine(Resources, link)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "a.csv"), "1,2");
        await File.WriteAllTextAsync(Path.Combine(folder, "once.txt"), "once");
        File.CreateSymbolicLink(Path.Combine(folder, "out"), Path.Combine(silo.DataDirectory, "dff.lock"));
        File.CreateSymbolicLink(Path.Combine(folder, "up"), silo.DataDirectory);
        File.CreateSymbolicLink(Path.Combine(folder, "in"), Path.Combine(folder, "a.csv"));

        foreach (var path in (string[])[$"{link}/a.csv", Path.Combine(folder, "a.csv"), $"{link}/in"])
        {
            var answer = (await PostAsync(link, new { path })).RequireOk();
            (answer.Text, answer.ContentType).Should().Be(("1,2", "text/csv"));
        }

        foreach (var path in (string[])[$"{link}/none", link, $"{link}/out", $"{link}/up/dff.lock", "../dff.lock", "/etc/passwd", "/proc/self/environ", "", "a\0b"])
        {
            var refused = await PostAsync(link, new { path });
            ((int)refused.Status, refused.Reason).Should().Be((599, "EFuncResultParsingFailed"), $"{path}: {refused.Text}");
        }

        (await PostAsync(link, new { path = $"{link}/once.txt", auto_delete = true })).RequireOk().Text.Should().Be("once");
        File.Exists(Path.Combine(folder, "once.txt")).Should().BeFalse();
        File.Exists(Path.Combine(folder, "a.csv")).Should().BeTrue();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Large_data_comes_as_JSON_or_text_and_leaves_no_file()
    {
        var link = await LinkAsync("large");

        var rows = (await PostAsync(link, new { rows = 50_000 })).RequireOk();
        var text = (await PostAsync(link, new { rows = 50_000, text = "é\n" })).RequireOk();

        rows.ContentType.Should().Be("application/json");
        rows.Json.AsArray().Select(row => (int)row!["n"]!).Should().Equal(Enumerable.Range(0, 50_000));
        (text.ContentType, text.Text.Length).Should().Be(("text/plain", 100_000));
        ResultFiles().Should().BeEmpty();
    }

    [Fact]
    public async Task Cached_answers_that_are_files_are_answered_again()
    {
        var (large, file) = (await LinkAsync("cached"), await LinkAsync("cached_file"));
        var path = Path.Combine(Resources, $"{large}.txt");
        await File.WriteAllTextAsync(path, "kept");

        var first = (await PostAsync(large, new { x = 1 })).RequireOk();
        var second = (await PostAsync(large, new { x = 1 })).RequireOk();
        var other = (await PostAsync(large, new { x = 2 })).RequireOk();

        (second.Text, second.Headers.GetValues("X-Result-Cache").Single()).Should().Be((first.Text, "Cached"));
        other.Text.Should().NotBe(first.Text);
        foreach (var isFirst in (bool[])[true, false])
        {
            var answer = (await PostAsync(file, new { path })).RequireOk();
            (answer.Text, answer.Headers.Contains("X-Result-Cache")).Should().Be(("kept", !isFirst));
        }

        File.Exists(path).Should().BeTrue("it stays as long as the answer is cached");
        File.Delete(path);
        (await PostAsync(file, new { path })).Reason.Should().Be("EFuncResultParsingFailed", "what is gone is not answered from the cache");
    }

    [Fact]
    public async Task A_hundred_megabytes_pass_through_a_node_without_filling_its_memory()
    {
        using var directory = new TestDirectory();
        await using var own = await SiloProcess.StartAsync(directory.Path);
        await own.Api.PublishAsync("response_large__a", "@DFF.API('Large', api_timeout=180, timeout=180)\ndef f(rows):\n    return DFF.RESP_LARGE_DATA({'row': i, 'text': 'x' * 80} for i in range(rows))\n");
        await own.Api.AddLinkAsync("large", "response_large__a.f", new { rows = "FROM_PARAMETER" });
        (await ReadAsync(own, 200_000)).Should().BeGreaterThan(20_000_000);
        var before = PeakMemory(own.Id);

        var bytes = await ReadAsync(own, 1_000_000);

        bytes.Should().BeGreaterThan(100_000_000);
        (PeakMemory(own.Id) - before).Should().BeLessThan(32 * 1024, "kilobytes more than a fifth of it needs");
    }

    private static async Task<long> ReadAsync(SiloProcess silo, int rows)
    {
        using var response = await silo.Api.Http.GetAsync($"/api/v1/al/large?kwargs=%7B%22rows%22:{rows}%7D", HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync();
        var (buffer, total) = (new byte[64 * 1024], 0L);
        while (await body.ReadAsync(buffer) is var read and > 0) total += read;
        return total;
    }

    /// <summary>Kilobytes.</summary>
    private static long PeakMemory(int process) => long.Parse(
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private string[] ResultFiles() => Directory.Exists(Path.Combine(silo.DataDirectory, "results")) ? [.. Directory.GetFiles(Path.Combine(silo.DataDirectory, "results")).Where(file => new FileInfo(file).Length > 100_000)] : [];

    private Task<ApiAnswer> PostAsync(string link, object kwargs) => _api.PostAsync($"/api/v1/al/{link}", new { kwargs });

    /// <summary>A link that lets all arguments through.</summary>
    private async Task<string> LinkAsync(string function)
    {
        var script = await PublishAsync();
        var kwargs = new JsonObject { ["**kwargs"] = "INPUT_BY_CALLER" };
        (await _api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id = script, funcId = $"{script}.{function}", funcCallKwargsJSON = kwargs } })).RequireOk();
        return script;
    }

    private async Task<string> PublishAsync()
    {
        var script = $"response_{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        return script;
    }
}
