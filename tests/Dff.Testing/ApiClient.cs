using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dff.Testing;

/// <summary>What a client of the API sees of one answer.</summary>
public sealed record ApiAnswer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, string? ContentType)
{
    /// <summary>Values of functions may be nested as deeply as Python's own JSON allows, so that an answer that shows them is deeper than .NET reads unasked.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 2000 };

    public JsonNode Json => JsonNode.Parse(Text, documentOptions: Deep) ?? throw new InvalidOperationException("the answer is JSON null");

    public JsonNode? Data => Json["data"];

    public string Reason => (string?)Json["reason"] ?? "";

    public bool IsOk => Status == HttpStatusCode.OK;

    public ApiAnswer RequireOk() => IsOk ? this : throw new InvalidOperationException($"{(int)Status}: {Text}");
}

/// <summary>A signed-in client of one silo.</summary>
public sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiClient(Uri server) => _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
    {
        BaseAddress = server,
        Timeout = TimeSpan.FromSeconds(120),
    };

    public string? Token { get; set; }

    public HttpClient Http => _http;

    public async Task<string> SignInAsync(string username, string password)
    {
        Token = null;
        var answer = await PostAsync("/api/v1/auth/do/sign-in", new { signIn = new { username, password } });
        Token = (string)answer.RequireOk().Data!["xAuthToken"]!;
        return Token;
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await _http.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public Task<ApiAnswer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<ApiAnswer> PostAsync(string path, object? body) => PostTextAsync(path, JsonSerializer.Serialize(body));

    public Task<ApiAnswer> PostTextAsync(string path, string body) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") });

    public Task<ApiAnswer> PostBytesAsync(string path, byte[] body) => SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) });

    /// <summary>As the SDKs' upload does: a multipart form with one file.</summary>
    public Task<ApiAnswer> UploadAsync(string path, byte[] file, IReadOnlyDictionary<string, string>? fields = null, string fileField = "files")
    {
        var form = new MultipartFormDataContent { { new ByteArrayContent(file), fileField, "test.func-pkg" } };
        foreach (var (name, value) in fields ?? new Dictionary<string, string>()) form.Add(new StringContent(value), name);
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = form });
    }

    /// <summary>A file that a POST answers.</summary>
    public async Task<(string Name, byte[] Content)> DownloadAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json") };
        if (Token is not null) request.Headers.TryAddWithoutValidation("X-Dff-Auth-Token", Token);
        using var response = await _http.SendAsync(request);
        var content = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{(int)response.StatusCode}: {Encoding.UTF8.GetString(content)}");
        return (response.Content.Headers.ContentDisposition?.FileName?.Trim('"') ?? "", content);
    }

    public async Task<ApiAnswer> SendAsync(HttpRequestMessage request)
    {
        if (Token is not null) request.Headers.TryAddWithoutValidation("X-Dff-Auth-Token", Token);
        using var response = await _http.SendAsync(request);
        return new ApiAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>A client of the same server that nobody is signed in to.</summary>
    public ApiClient Stranger() => new(_http.BaseAddress!);

    /// <summary>Adds a user and signs in as that user.</summary>
    public async Task<ApiClient> AddUserAsync(string username, string password, string[]? roles = null, string? customPrivileges = null)
    {
        (await PostAsync("/api/v1/users/do/add", new { data = new { username, password, name = username, roles, customPrivileges } })).RequireOk();
        var client = Stranger();
        await client.SignInAsync(username, password);
        return client;
    }

    public async Task<string> IdOfUserAsync(string username) => (string)(await GetAsync($"/api/v1/users/do/list?username={username}")).RequireOk().Data![0]!["id"]!;

    /// <summary>Adds the set and the script where they are missing, and publishes the code.</summary>
    public async Task PublishAsync(string scriptId, string code)
    {
        var set = scriptId[..scriptId.IndexOf("__", StringComparison.Ordinal)];
        await PostAsync("/api/v1/script-sets/do/add", new { data = new { id = set } });
        var added = await PostAsync("/api/v1/scripts/do/add", new { data = new { id = scriptId, codeDraft = code } });
        if (!added.IsOk) (await PostAsync($"/api/v1/scripts/{scriptId}/do/modify", new { data = new { codeDraft = code } })).RequireOk();
        (await PostAsync($"/api/v1/scripts/{scriptId}/do/publish", new { force = true })).RequireOk();
    }

    public async Task AddLinkAsync(string id, string funcId, object kwargs, object? throttling = null) =>
        (await PostAsync("/api/v1/auth-links/do/add", new { data = new { id, funcId, funcCallKwargsJSON = kwargs, throttlingJSON = throttling } })).RequireOk();

    public async Task AddBatchAsync(string id, string funcId, object kwargs) =>
        (await PostAsync("/api/v1/batches/do/add", new { data = new { id, funcId, funcCallKwargsJSON = kwargs } })).RequireOk();

    public Task<ApiAnswer> CallAsync(string funcId, object? kwargs = null, object? options = null) => PostAsync($"/api/v1/func/{funcId}", new { kwargs, options });

    public void Dispose() => _http.Dispose();
}
