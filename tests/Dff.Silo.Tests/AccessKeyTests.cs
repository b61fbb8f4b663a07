using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Access keys: making them, signing with them, and what is refused.</summary>
public abstract class AccessKeyTests(SiloUnderTest silo)
{
    private const string Profile = "/api/v1/auth/profile/do/get";

    private readonly ApiClient _api = silo.Api;
    private readonly ApiClient _stranger = silo.Api.Stranger();
    private readonly string _name = $"k{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task A_key_is_made_listed_changed_and_deleted_and_its_secret_shown_once()
    {
        var added = (await _api.PostAsync("/api/v1/access-keys/do/add", new { data = new { title = _name, webhookURL = "https://example.org/hook?a=b", webhookEvents = "scripts.publish, env-variables.*" } })).RequireOk().Data!;
        var (id, secret) = ((string)added["id"]!, (string)added["secret"]!);
        id.Should().StartWith("ak-");

        var row = (await _api.GetAsync($"/api/v1/access-keys/do/list?name={_name}")).RequireOk();
        row.Text.Should().NotContain(secret).And.NotContain("sealed");
        ((string?)row.Data![0]!["title"], (string?)row.Data[0]!["webhookEvents"]).Should().Be((_name, "scripts.publish,env-variables.*"));
        (await _api.GetAsync($"/api/v1/access-keys/do/list?title={_name.ToUpperInvariant()}")).Data!.AsArray().Should().ContainSingle();
        (await _api.GetAsync($"/api/v1/access-keys/do/list?_fuzzySearch={_name}&id={id},x")).Data!.AsArray().Should().ContainSingle();
        (await _api.PostAsync($"/api/v1/access-keys/{id}/do/modify", new { data = new { webhookURL = (string?)null, allowWebhookEcho = true } })).RequireOk();
        var one = (await _api.GetAsync($"/api/v1/access-keys/{id}/do/get")).RequireOk();
        one.Text.Should().NotContain(secret);
        ((string?)one.Data!["webhookURL"], (bool)one.Data["allowWebhookEcho"]!, (string?)one.Data["name"]).Should().Be((null, true, _name));
        (await _api.GetAsync($"/api/v1/access-keys/{id}/do/test-webhook")).Reason.Should().Be("EBizCondition.NoWebhook");
        (await SendAsync(new AccessKey(id, secret).Sign(HttpMethod.Get, Profile))).RequireOk();

        (await _api.GetAsync($"/api/v1/access-keys/{id}/do/delete")).RequireOk();
        (await SendAsync(new AccessKey(id, secret).Sign(HttpMethod.Get, Profile))).Reason.Should().Be("EUserAuth");
        (await _api.GetAsync($"/api/v1/access-keys/{id}/do/get")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{}""", "data.name")]
    [InlineData("""{"name":null,"title":""}""", "data.name")]
    [InlineData("""{"name":"bad","webhookURL":"ftp://example.org"}""", "data.webhookURL")]
    [InlineData("""{"name":"bad","webhookURL":"file:///etc/passwd"}""", "data.webhookURL")]
    [InlineData("""{"name":"bad","webhookURL":"/relative"}""", "data.webhookURL")]
    [InlineData("""{"name":"bad","webhookURL":"http://user:pw@example.org"}""", "data.webhookURL")]
    [InlineData("""{"name":"bad","webhookEvents":"scripts.publish,nope"}""", "data.webhookEvents")]
    [InlineData("""{"name":"bad","secret":"mine"}""", "data.secret")]
    public async Task A_bad_key_is_refused_by_the_name_of_the_field(string data, string field)
    {
        var answer = await _api.PostTextAsync("/api/v1/access-keys/do/add", $$"""{"data":{{data}}}""");

        (answer.Status, (string?)answer.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, field));
        (await _api.GetAsync("/api/v1/access-keys/do/list?name=bad")).Data!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task A_signed_call_is_made_in_both_versions_and_in_the_simple_form()
    {
        var key = await AccessKey.AddAsync(_api, _name);
        const string Path = "/api/v1/do/echo?string=a%20b%2Fc";
        const string Body = """{"echo":{"ä":[1]}}""";

        foreach (var request in (HttpRequestMessage[])[key.Sign(HttpMethod.Post, Path, Body), key.Sign(HttpMethod.Post, Path, Body, "v2"), key.Simple(HttpMethod.Post, Path, Body)])
        {
            var answer = (await SendAsync(request)).RequireOk();
            (answer.Data!["echo"]!.ToJsonString(), (string?)answer.Data["string"]).Should().Be(("""{"\u00E4":[1]}""", "a b/c"));
        }

        (await SendAsync(key.Sign(HttpMethod.Get, Profile, version: "v2"))).RequireOk();
        var large = $$"""{"echo":"{{new string('x', 8 * 1024 * 1024)}}"}""";
        (await SendAsync(key.Sign(HttpMethod.Post, "/api/v1/do/echo", large, "v2"))).RequireOk().Text.Length.Should().BeGreaterThan(8 * 1024 * 1024);
        ((string?)(await SendAsync(key.Simple(HttpMethod.Get, Profile))).Data!["username"]).Should().Be(SiloProcess.Username);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_signature_is_refused_in_the_same_words()
    {
        var key = await AccessKey.AddAsync(_api, _name);
        const string Body = """{"echo":1}""";
        var unknown = await SendAsync(new AccessKey("ak-unknown", key.Secret).Sign(HttpMethod.Get, Profile));
        var wrong = (HttpRequestMessage[])
        [
            new AccessKey(key.Id, key.Secret + "x").Sign(HttpMethod.Get, Profile),
            new AccessKey(key.Id, "x").Simple(HttpMethod.Get, Profile),
            new AccessKey("ak-unknown", key.Secret).Simple(HttpMethod.Get, Profile),
            Moved(key.Sign(HttpMethod.Get, Profile), Profile + "?a=1"),
            key.Sign(HttpMethod.Post, "/api/v1/do/echo", Body, "v2", signedBody: """{"echo":2}"""),
            Changed(key.Sign(HttpMethod.Get, Profile), "X-Dff-Ak-Nonce", "another"),
            Changed(key.Sign(HttpMethod.Get, Profile), "X-Dff-Ak-Sign-Version", "v2"),
            Changed(key.Sign(HttpMethod.Get, Profile), "X-Dff-Ak-Sign", "short"),
        ];

        unknown.Status.Should().Be(HttpStatusCode.Unauthorized);
        foreach (var request in wrong)
        {
            var answer = await SendAsync(request);
            (answer.Status, answer.Reason, (string?)answer.Json["message"], answer.Json["detail"]?.ToJsonString())
                .Should().Be((unknown.Status, "EUserAuth", (string?)unknown.Json["message"], unknown.Json["detail"]?.ToJsonString()));
        }
    }

    [Fact]
    public async Task Time_stamps_out_of_the_window_and_used_nonces_are_refused()
    {
        var (key, other) = (await AccessKey.AddAsync(_api, _name), await AccessKey.AddAsync(_api, _name));
        foreach (var offset in (int[])[-1000, 1000])
            (await SendAsync(key.Sign(HttpMethod.Get, Profile, time: DateTimeOffset.UtcNow.AddSeconds(offset)))).Reason.Should().Be("EUserAuth", $"{offset} s");
        foreach (var offset in (int[])[-800, 800]) (await SendAsync(key.Sign(HttpMethod.Get, Profile, time: DateTimeOffset.UtcNow.AddSeconds(offset)))).RequireOk();
        foreach (var header in (string[])["X-Dff-Ak-Timestamp", "X-Dff-Ak-Nonce", "X-Dff-Ak-Sign"])
            (await SendAsync(Changed(key.Sign(HttpMethod.Get, Profile), header, ""))).Reason.Should().Be("EUserAuth", header);

        (await SendAsync(key.Sign(HttpMethod.Get, Profile, nonce: "once"))).RequireOk();
        var replayed = await SendAsync(key.Sign(HttpMethod.Get, Profile, nonce: "once"));
        (replayed.Status, replayed.Reason).Should().Be((HttpStatusCode.Unauthorized, "EUserAuth"));
        (await SendAsync(other.Sign(HttpMethod.Get, Profile, nonce: "once"))).RequireOk();
        var raced = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync(key.Sign(HttpMethod.Get, Profile, nonce: "raced"))));
        raced.Count(answer => answer.IsOk).Should().Be(1);
        raced.Count(answer => answer.Reason == "EUserAuth").Should().Be(19);
    }

    [Fact]
    public async Task A_key_acts_as_its_owner_until_the_owner_changes()
    {
        using var owner = await _api.AddUserAsync(_name, "owner-password-1", ["admin"]);
        var id = await _api.IdOfUserAsync(_name);
        var key = await AccessKey.AddAsync(owner);

        (await SendAsync(key.Simple(HttpMethod.Post, "/api/v1/env-variables/do/add", $$$"""{"data":{"id":"{{{_name}}}"}}"""))).RequireOk();
        var byKey = await SendAsync(key.Simple(HttpMethod.Get, "/api/v1/access-keys/do/list"));
        (byKey.Reason, (string?)byKey.Json["detail"]!["privilege"]).Should().Be(("EUserPrivilege", "builtin.byXAuthToken"));
        (await _api.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { roles = new[] { "readonlyUser" } } })).RequireOk();
        (await SendAsync(key.Simple(HttpMethod.Get, $"/api/v1/env-variables/{_name}/do/delete"))).Reason.Should().Be("EUserPrivilege");
        (await SendAsync(key.Simple(HttpMethod.Get, "/api/v1/env-variables/do/list"))).RequireOk();
        (await _api.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { isDisabled = true } })).RequireOk();
        (await SendAsync(key.Sign(HttpMethod.Get, Profile))).Reason.Should().Be("EUserDisabled");
        (await _api.GetAsync($"/api/v1/users/{id}/do/delete")).RequireOk();
        (await SendAsync(key.Sign(HttpMethod.Get, Profile))).Reason.Should().Be("EUserAuth");
        (await _api.GetAsync($"/api/v1/access-keys/{key.Id}/do/get")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task One_sees_ones_own_keys_and_the_super_administrator_all()
    {
        using var owner = await _api.AddUserAsync(_name, "owner-password-1", ["admin"]);
        var (own, others) = (await AccessKey.AddAsync(owner, _name), await AccessKey.AddAsync(_api, _name));

        (await owner.GetAsync($"/api/v1/access-keys/do/list?name={_name}")).Data!.AsArray().Select(row => (string)row!["id"]!).Should().Equal(own.Id);
        (await owner.GetAsync($"/api/v1/access-keys/{others.Id}/do/get")).Status.Should().Be(HttpStatusCode.NotFound);
        (await owner.GetAsync($"/api/v1/access-keys/{others.Id}/do/delete")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync($"/api/v1/access-keys/do/list?name={_name}")).Data!.AsArray().Should().HaveCount(2);
        (await _api.GetAsync($"/api/v1/access-keys/{own.Id}/do/delete")).RequireOk();
    }

    private Task<ApiAnswer> SendAsync(HttpRequestMessage request) => _stranger.SendAsync(request);

    private static HttpRequestMessage Moved(HttpRequestMessage request, string path)
    {
        request.RequestUri = new Uri(path, UriKind.Relative);
        return request;
    }

    private static HttpRequestMessage Changed(HttpRequestMessage request, string header, string value)
    {
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, value);
        return request;
    }

    public sealed class OnSqlite(SqliteSilo silo) : AccessKeyTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : AccessKeyTests(silo);
}

/// <summary>What a restart must not forget.</summary>
public sealed class AccessKeyRestartTests
{
    [Fact]
    public async Task A_used_nonce_stays_used_after_a_kill_and_the_secret_is_not_in_the_store()
    {
        using var directory = new TestDirectory();
        AccessKey key;
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            key = await AccessKey.AddAsync(silo.Api);
            (await silo.Api.Stranger().SendAsync(key.Sign(HttpMethod.Get, "/api/v1/auth/profile/do/get", nonce: "before"))).RequireOk();
            await silo.KillAsync();
        }

        await using var again = await SiloProcess.StartAsync(directory.Path);
        (await again.Api.Stranger().SendAsync(key.Sign(HttpMethod.Get, "/api/v1/auth/profile/do/get", nonce: "before"))).Reason.Should().Be("EUserAuth");
        (await again.Api.Stranger().SendAsync(key.Sign(HttpMethod.Get, "/api/v1/auth/profile/do/get", nonce: "after"))).RequireOk();
        await again.StopAsync();
        foreach (var file in Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories))
            System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)).Should().NotContain(key.Secret, file);
    }
}
