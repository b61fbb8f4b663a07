using System.Net;
using System.Security.Cryptography;
using System.Text;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Auth links and batches whose callers must prove who they are.</summary>
public abstract class ApiAuthTests(SiloUnderTest silo)
{
    private const string Code =
        """
        @DFF.API('Seen')
        def seen(x=None):
            return [x, _DFF_HTTP_REQUEST['headers'].get('authorization'), _DFF_HTTP_REQUEST['headers'].get('x-key'), _DFF_HTTP_REQUEST['originalUrl']]
        @DFF.API('Judge')
        def judge(req):
            if req['headers'].get('x-judge') == 'raise':
                raise ValueError('a secret of the function')
            return req['method'] == 'POST' and req['query'].get('q') == '1' and req['body']['kwargs']['x'] == 2 and req['headers'].get('x-judge') == 'yes' and bool(req['ip'])
        """;

    private const string Secret = "a-very-secret-value";

    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task Fixed_fields_let_in_who_shows_them_and_the_function_does_not_see_them()
    {
        var auth = await AddAuthAsync("fixedField", new { fields = new[] { new { location = "header", name = "X-Key", value = Secret }, new { location = "header", name = "X-Key", value = "other" }, new { location = "query", name = "q", value = Secret } } });
        var link = await LinkAsync("sync-apis", auth);

        (await CallAsync($"/api/v1/sync/{link}?q={Secret}", ("X-Key", Secret))).RequireOk().Json.AsArray()[2].Should().BeNull();
        var simplified = (await CallAsync($"/api/v1/al/{link}/simplified?x=1&q={Secret}", ("x-key", "other"))).RequireOk();
        ((string?)simplified.Json[0], simplified.Text.Contains(Secret, StringComparison.Ordinal)).Should().Be(("1", false));
        foreach (var (query, key) in ((string, string?)[])[("", Secret), ($"?q={Secret}", null), ($"?q={Secret}", "wrong"), ("?q=other", Secret), ($"?q={Secret}&q={Secret}", "other"), ($"?q={Secret}", "")])
        {
            var refused = key is null ? await CallAsync($"/api/v1/sync/{link}{query}") : await CallAsync($"/api/v1/sync/{link}{query}", ("X-Key", key));
            (refused.Status, refused.Reason).Should().Be((HttpStatusCode.Unauthorized, "EUserAuth"), $"{query} {key}");
        }

        var body = await LinkAsync("sync-apis", await AddAuthAsync("fixedField", new { fields = new[] { new { location = "body", name = "key", value = Secret } } }));
        ((string?)(await _api.Stranger().PostAsync($"/api/v1/sync/{body}/simplified", new { x = "1", key = Secret })).RequireOk().Json[0]).Should().Be("1");
        (await _api.Stranger().PostAsync($"/api/v1/sync/{body}/simplified", new { x = "1", key = "wrong" })).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await _api.Stranger().GetAsync($"/api/v1/sync/{body}/simplified?key={Secret}")).Status.Should().Be(HttpStatusCode.Unauthorized, "a query is no body");
    }

    [Fact]
    public async Task Basic_asks_for_a_password_and_batches_ask_too()
    {
        var auth = await AddAuthAsync("httpBasic", new { users = new[] { new { username = "üser", password = Secret }, new { username = "b", password = "c:d" } } });
        var (link, batch) = (await LinkAsync("auth-links", auth), await LinkAsync("async-apis", auth));

        var asked = await CallAsync($"/api/v1/al/{link}");
        (asked.Status, asked.Headers.WwwAuthenticate.Single().Scheme).Should().Be((HttpStatusCode.Unauthorized, "Basic"));
        foreach (var (name, password, isRight) in ((string, string, bool)[])[("üser", Secret, true), ("b", "c:d", true), ("üser", "c:d", false), ("b", "", false), ("", "", false)])
        {
            var header = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));
            (await CallAsync($"/api/v1/al/{link}", ("Authorization", header))).IsOk.Should().Be(isRight, $"{name}:{password}");
            (await CallAsync($"/api/v1/async/{batch}", ("Authorization", header))).IsOk.Should().Be(isRight, $"{name}:{password}");
        }

        foreach (var header in (string[])["Basic", "Basic ====", "Bearer x", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("üser"))])
            (await CallAsync($"/api/v1/al/{link}", ("Authorization", header))).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await CallAsync($"/api/v1/al/{link}", ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("b:c:d"))))).Json[1].Should().BeNull("the password is not for the function");
    }

    [Theory]
    [InlineData("SHA-256")]
    [InlineData("MD5")]
    public async Task Digest_lets_in_who_answers_right(string algorithm)
    {
        var link = await LinkAsync("sync-apis", await AddAuthAsync("httpDigest", new { users = new[] { new { username = "user", password = Secret } } }));
        var path = $"/api/v1/sync/{link}?kwargs=%7B%22x%22:1%7D";
        var challenges = (await CallAsync(path)).Headers.WwwAuthenticate;
        challenges.Select(challenge => challenge.Scheme).Should().Equal("Digest", "Digest");
        var challenge = challenges.Single(one => one.Parameter!.Contains($"algorithm={algorithm}", StringComparison.Ordinal)).Parameter!;
        var nonce = challenge.Split("nonce=\"")[1].Split('"')[0];

        (await AnswerAsync(Digest(algorithm, nonce))).RequireOk().Json[0]!.ToJsonString().Should().Be("1");
        var longPath = $"{path}&more={new string('a', 1500)}";
        (await CallAsync(longPath, ("Authorization", Digest(algorithm, nonce, uri: longPath)))).RequireOk();
        (await CallAsync(longPath, ("Authorization", Digest(algorithm, nonce, uri: longPath, password: "other")))).Status.Should().Be(HttpStatusCode.Unauthorized);
        string[] wrong =
        [
            Digest(algorithm, nonce, password: "other"), Digest(algorithm, nonce, user: "nobody"), Digest(algorithm, nonce[..^2] + "AA"), Digest(algorithm, ""), Digest(algorithm, nonce, uri: path + "&a=b"),
            Digest(algorithm, nonce, method: "POST"), Digest(algorithm, nonce, qop: "auth-int"), Digest(algorithm, nonce, realm: "else"), Digest(algorithm == "MD5" ? "SHA-256" : "MD5", nonce, hashWith: algorithm),
        ];
        foreach (var header in wrong) (await AnswerAsync(header)).Status.Should().Be(HttpStatusCode.Unauthorized, header);
        foreach (var broken in (string[])["Digest", "Digest =", "Digest username=\"user", "Digest ,,,", "Digest a=b,=c", "Digest username=\"a\\"]) (await AnswerAsync(broken)).Status.Should().Be(HttpStatusCode.Unauthorized, broken);
        const string Odd = "o\"d\\d";
        var odd = await LinkAsync("sync-apis", await AddAuthAsync("httpDigest", new { users = new[] { new { username = Odd, password = Secret } } }));
        var oddNonce = (await CallAsync($"/api/v1/sync/{odd}")).Headers.WwwAuthenticate.First().Parameter!.Split("nonce=\"")[1].Split('"')[0];
        var escaped = Digest(algorithm, oddNonce, user: Odd, uri: $"/api/v1/sync/{odd}").Replace(Odd, "o\\\"d\\\\d", StringComparison.Ordinal);
        (await CallAsync($"/api/v1/sync/{odd}", ("Authorization", escaped))).RequireOk();
        var other = await LinkAsync("sync-apis", await AddAuthAsync("httpDigest", new { users = new[] { new { username = "user", password = Secret } } }));
        (await CallAsync($"/api/v1/sync/{other}", ("Authorization", Digest(algorithm, nonce, uri: $"/api/v1/sync/{other}")))).Status.Should().Be(HttpStatusCode.Unauthorized, "the nonce is another record's");

        Task<ApiAnswer> AnswerAsync(string header) => CallAsync(path, ("Authorization", header));

        string Digest(string named, string nonce, string user = "user", string password = Secret, string? uri = null, string method = "GET", string qop = "auth", string realm = "Dff API", string? hashWith = null)
        {
            string Hash(string text) => Convert.ToHexStringLower((hashWith ?? named) == "MD5" ? MD5.HashData(Encoding.UTF8.GetBytes(text)) : SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            var response = Hash($"{Hash($"{user}:{realm}:{password}")}:{nonce}:00000001:abc:{qop}:{Hash($"{method}:{uri ?? path}")}");
            return $"Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri ?? path}\", qop={qop}, nc=00000001, cnonce=\"abc\", algorithm={named}, response=\"{response}\"";
        }
    }

    [Fact]
    public async Task A_client_that_knows_digest_gets_through_by_itself()
    {
        var link = await LinkAsync("sync-apis", await AddAuthAsync("httpDigest", new { users = new[] { new { username = "user", password = Secret } } }));
        var server = _api.Http.BaseAddress!;
        using var http = new HttpClient(new SocketsHttpHandler { Credentials = new CredentialCache { { server, "Digest", new NetworkCredential("user", Secret) } } }) { BaseAddress = server };
        using var wrong = new HttpClient(new SocketsHttpHandler { Credentials = new CredentialCache { { server, "Digest", new NetworkCredential("user", "wrong") } } }) { BaseAddress = server };

        foreach (var _ in Enumerable.Range(0, 3))
        {
            using var answer = await http.PostAsync($"/api/v1/sync/{link}/simplified", new StringContent("""{"x":5}""", Encoding.UTF8, "application/json"));
            (answer.StatusCode, (await answer.Content.ReadAsStringAsync())[..3]).Should().Be((HttpStatusCode.OK, "[5,"));
        }

        (await wrong.GetAsync($"/api/v1/sync/{link}")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_function_decides_by_the_whole_request()
    {
        var script = await PublishAsync();
        var link = await LinkAsync("sync-apis", await AddAuthAsync("func", new { funcId = $"{script}.judge" }));

        (await PostAsync("yes", "?q=1", 2)).RequireOk();
        (await PostAsync("no", "?q=1", 2)).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await PostAsync("yes", "?q=2", 2)).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await PostAsync("yes", "?q=1", 3)).Status.Should().Be(HttpStatusCode.Unauthorized);
        var raised = await PostAsync("raise", "?q=1", 2);
        (raised.Status, raised.Reason, raised.Text.Contains("a secret", StringComparison.Ordinal)).Should().Be((HttpStatusCode.Unauthorized, "EUserAuth", false));
        (await _api.GetAsync($"/api/v1/scripts/{script}/do/delete")).RequireOk();
        (await PostAsync("yes", "?q=1", 2)).Status.Should().Be(HttpStatusCode.Unauthorized, "nobody is there to say yes");

        Task<ApiAnswer> PostAsync(string judge, string query, int x)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sync/{link}{query}") { Content = System.Net.Http.Json.JsonContent.Create(new { kwargs = new { x } }) };
            request.Headers.Add("X-Judge", judge);
            return _api.Stranger().SendAsync(request);
        }
    }

    [Fact]
    public async Task Secrets_are_in_no_answer_record_or_row_and_changes_count_at_once()
    {
        var auth = await AddAuthAsync("httpBasic", new { users = new[] { new { username = "u", password = Secret } } });
        var fixedFields = await AddAuthAsync("fixedField", new { fields = new[] { new { location = "header", name = "X-Key", value = Secret } } });
        var link = await LinkAsync("sync-apis", auth);

        var list = await _api.GetAsync($"/api/v1/api-auth/do/list?id={auth},{fixedFields}&sort=seq");
        list.RequireOk().Data!.AsArray().Select(row => row!["configJSON"]!.ToJsonString()).Should().Equal("""{"users":[{"username":"u"}]}""", """{"fields":[{"location":"header","name":"X-Key"}]}""");
        (await CallAsync($"/api/v1/sync/{link}", Basic("u", Secret))).RequireOk();
        await ModifyAsync(auth, new { users = new object[] { new { username = "u" }, new { username = "v", password = "new" } } });
        (await CallAsync($"/api/v1/sync/{link}", Basic("u", Secret))).RequireOk();
        (await CallAsync($"/api/v1/sync/{link}", Basic("v", "new"))).RequireOk();
        await ModifyAsync(auth, new { users = new[] { new { username = "v", password = "newer" } } });
        foreach (var (user, password) in ((string, string)[])[("u", Secret), ("v", "new")]) (await CallAsync($"/api/v1/sync/{link}", Basic(user, password))).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await _api.GetAsync($"/api/v1/api-auth/{auth}/do/delete")).Reason.Should().Be("EBizCondition.APIAuthInUse");
        (await _api.PostAsync($"/api/v1/sync-apis/{link}/do/modify", new { data = new { apiAuthId = (string?)null } })).RequireOk();
        (await CallAsync($"/api/v1/sync/{link}")).RequireOk();
        (await _api.GetAsync($"/api/v1/api-auth/{auth}/do/delete")).RequireOk();
        var bad = await _api.PostAsync("/api/v1/api-auth/do/add", new { data = new { type = "fixedField", configJSON = new { fields = new[] { new { location = "header", name = "X", value = Secret }, new { location = "header", name = "", value = Secret } } } } });
        (bad.Status, (string?)bad.Json["detail"]!["field"], bad.Text.Contains(Secret, StringComparison.Ordinal)).Should().Be((HttpStatusCode.BadRequest, "data.configJSON.fields[1].name", false));
        await Eventually.TrueAsync(async () => (await RecordsAsync(fixedFields)).Contains("api-auth/do/add", StringComparison.Ordinal), "it is recorded");
        (await RecordsAsync(fixedFields)).Should().NotContain(Secret);

        Task ModifyAsync(string id, object configJSON) => _api.PostAsync($"/api/v1/api-auth/{id}/do/modify", new { data = new { configJSON } }).ContinueWith(answer => answer.Result.RequireOk(), TaskScheduler.Default);
        async Task<string> RecordsAsync(string id) => (await _api.GetAsync($"/api/v1/operation-records/do/list?respBodyJSON={id}&noPage=true")).RequireOk().Text;
    }

    [Theory]
    [InlineData("""{"type":"httpBasic","configJSON":{}}""", "data.configJSON.users")]
    [InlineData("""{"type":"httpBasic","configJSON":{"users":[]}}""", "data.configJSON.users")]
    [InlineData("""{"type":"httpBasic","configJSON":{"users":[{"username":"a:b","password":"c"}]}}""", "data.configJSON.users[0].username")]
    [InlineData("""{"type":"httpDigest","configJSON":{"users":[{"username":"a"}]}}""", "data.configJSON.users[0].password")]
    [InlineData("""{"type":"httpDigest","configJSON":{"users":[{"username":"a","password":"b"},{"username":"a","password":"c"}]}}""", "data.configJSON.users[1].username")]
    [InlineData("""{"type":"fixedField","configJSON":{"users":[{"username":"a","password":"b"}]}}""", "data.configJSON.users")]
    [InlineData("""{"type":"fixedField","configJSON":{"fields":[{"location":"cookie","name":"a","value":"b"}]}}""", "data.configJSON.fields[0].location")]
    [InlineData("""{"type":"func","configJSON":{"funcId":"none__a.f"}}""", "data.configJSON.funcId")]
    [InlineData("""{"type":"func","configJSON":{}}""", "data.configJSON.funcId")]
    [InlineData("""{"type":"other","configJSON":{}}""", "data.type")]
    public async Task A_config_that_does_not_fit_its_type_is_refused(string data, string field)
    {
        var refused = await _api.PostTextAsync("/api/v1/api-auth/do/add", $$"""{"data":{{data}}}""");
        ((int)refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Match<(int Status, string? Field)>(outcome => (outcome.Status == 400 || outcome.Status == 404) && outcome.Field == field, refused.Text);
    }

    [Theory]
    [InlineData("sync-apis", "data.apiAuthId")]
    [InlineData("batches", "data.apiAuthId")]
    public async Task A_link_cannot_ask_for_what_is_not_there(string path, string field)
    {
        var script = await PublishAsync();
        var refused = await _api.PostAsync($"/api/v1/{path}/do/add", new { data = new { funcId = $"{script}.seen", funcCallKwargsJSON = new { }, apiAuthId = "none" } });
        (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.NotFound, field));
    }

    private static (string, string) Basic(string user, string password) => ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    private async Task<string> AddAuthAsync(string type, object configJSON) => (string)(await _api.PostAsync("/api/v1/api-auth/do/add", new { data = new { title = type, type, configJSON } })).RequireOk().Data!["id"]!;

    private async Task<string> LinkAsync(string path, string apiAuthId)
    {
        var script = await PublishAsync();
        var data = new { id = script, funcId = $"{script}.seen", funcCallKwargsJSON = new { x = "INPUT_BY_CALLER" }, apiAuthId };
        return (string)(await _api.PostAsync($"/api/v1/{path}/do/add", new { data })).RequireOk().Data!["id"]!;
    }

    private async Task<ApiAnswer> CallAsync(string path, params (string Name, string Value)[] headers)
    {
        using var stranger = _api.Stranger();
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await stranger.SendAsync(request);
    }

    private async Task<string> PublishAsync()
    {
        var script = $"apiauth_{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        return script;
    }

    public sealed class OnSqlite(SqliteSilo silo) : ApiAuthTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : ApiAuthTests(silo);
}
