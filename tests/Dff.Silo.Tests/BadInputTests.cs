using System.Net;
using System.Text;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Whatever comes in: a clear error that names the field, nothing changed, never a 500.</summary>
public abstract class BadInputTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    public static TheoryData<string, string> Bodies() => new()
    {
        { "", "data" },
        { "{", "body" },
        { "[]", "body" },
        { "\"text\"", "body" },
        { "nonsense", "body" },
        { """{"data":null}""", "data" },
        { """{"data":[]}""", "data" },
        { """{"data":{}}""", "data.id" },
        { """{"data":{"id":1}}""", "data.id" },
        { """{"data":{"id":"bad_a","title":[]}}""", "data.title" },
        { """{"data":{"id":"bad_a","nope":1}}""", "data.nope" },
        { """{"data":{"id":"bad_a"},"nope":1}""", "nope" },
        { """{"data":{"id":"bad_a","id":"bad_b"}}""", "data.id" },
        { """{"data":{"id":"../etc"}}""", "data.id" },
        { """{"data":{"id":"a'b"}}""", "data.id" },
        { """{"data":{"id":"a__b"}}""", "data.id" },
        { """{"data":{"id":"1a"}}""", "data.id" },
        { """{"data":{"id":"😀"}}""", "data.id" },
        { """{"data":{"id":""}}""", "data.id" },
        { """{"data":{"id":"a\u0000b"}}""", "data.id" },
        { """{"data":{"id":"bad_a","title":"\ud800"}}""", "data.title" },
        { """{"data":{"id":"bad_a","title":"a\u0000"}}""", "data.title" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_bad_body_is_refused_by_the_name_of_its_field(string body, string field)
    {
        var answer = await _api.PostTextAsync("/api/v1/script-sets/do/add", body);

        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        answer.Reason.Should().Be("EClientBadRequest");
        ((string)answer.Json["detail"]!["field"]!).Should().Be(field);
        ((string)answer.Json["message"]!).Should().Contain(field);
        (await _api.GetAsync("/api/v1/script-sets/do/list?id=bad_a")).Data!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task An_id_of_a_thousand_characters_is_refused()
    {
        var id = new string('a', 1000);
        (await _api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id } })).Reason.Should().Be("EClientBadRequest");
        (await _api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "a__" + id } })).Reason.Should().Be("EClientBadRequest");
        (await _api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id, funcId = "sample__first_steps.add", funcCallKwargsJSON = new { } } })).Reason.Should().Be("EClientBadRequest");
        (await _api.GetAsync($"/api/v1/scripts/{id}/do/get")).Status.Should().BeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.NotFound);
        (await _api.GetAsync($"/api/v1/al/{id}")).Status.Should().BeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_with_413()
    {
        var answer = await _api.PostBytesAsync("/api/v1/script-sets/do/add", Encoding.UTF8.GetBytes($$$"""{"data":{"id":"big","title":"{{{new string('x', 17 * 1024 * 1024)}}}"}}"""));

        answer.Status.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        answer.Reason.Should().Be("EClientBadRequest");
    }

    [Fact]
    public async Task Ten_megabytes_in_a_field_that_takes_256_characters_name_the_field()
    {
        var answer = await _api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "big", title = new string('x', 10 * 1024 * 1024) } });

        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        ((string)answer.Json["detail"]!["field"]!).Should().Be("data.title");
        answer.Text.Length.Should().BeLessThan(10_000);
    }

    [Fact]
    public async Task Invalid_utf8_is_refused()
    {
        var answer = await _api.PostBytesAsync("/api/v1/script-sets/do/add", [.. "{\"data\":{\"id\":\"bad_utf\",\"title\":\""u8, 0xff, 0xfe, .. "\"}}"u8]);

        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        ((string)answer.Json["message"]!).Should().Contain("UTF-8");
    }

    [Fact]
    public async Task Code_with_nul_is_refused_and_changes_nothing()
    {
        await _api.PublishAsync("nul__a", "x = 1\n");

        (await _api.PostAsync("/api/v1/scripts/nul__a/do/modify", new { data = new { codeDraft = "x = 2\0" } })).Reason.Should().Be("EClientBadRequest");
        ((string)(await _api.GetAsync("/api/v1/scripts/nul__a/do/get")).Data!["codeDraft"]!).Should().Be("x = 1\n");
    }

    [Theory]
    [InlineData("""{"kwargs":1}""", "kwargs")]
    [InlineData("""{"kwargs":[]}""", "kwargs")]
    [InlineData("""{"options":{"timeout":0}}""", "options.timeout")]
    [InlineData("""{"options":{"timeout":3601}}""", "options.timeout")]
    [InlineData("""{"options":{"apiTimeout":181}}""", "options.apiTimeout")]
    [InlineData("""{"options":{"returnType":"xml"}}""", "options.returnType")]
    [InlineData("""{"options":{"nope":1}}""", "options.nope")]
    public async Task A_bad_call_is_refused_by_the_name_of_its_field(string body, string field)
    {
        var direct = await _api.PostTextAsync("/api/v1/func/sample__first_steps.greet", body);
        direct.Status.Should().Be(HttpStatusCode.BadRequest);
        ((string)direct.Json["detail"]!["field"]!).Should().Be(field);
        await _api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id = "auln-badcall", funcId = "sample__first_steps.greet", funcCallKwargsJSON = new { name = "FROM_PARAMETER" } } });
        var link = await _api.PostTextAsync("/api/v1/al/badcall", body);
        link.Status.Should().Be(HttpStatusCode.BadRequest);
        ((string)link.Json["detail"]!["field"]!).Should().Be(field);
    }

    [Fact]
    public async Task Unknown_routes_and_wrong_methods_say_so()
    {
        foreach (var answer in new[] { await _api.GetAsync("/api/v1/nope"), await _api.GetAsync("/api/v1/script-sets/do/add"), await _api.PostAsync("/api/v1/do/ping", new { }) })
        {
            answer.Status.Should().Be(HttpStatusCode.NotFound);
            answer.Reason.Should().Be("EClientNotFound");
            ((string)answer.Json["message"]!).Should().Be("No such route");
        }
    }

    [Fact]
    public async Task A_blank_ID_in_an_address_is_refused_by_its_name()
    {
        var answer = await _api.GetAsync("/api/v1/crontab-configs/%20/next-runs");

        (answer.Status, (string?)answer.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, "id"));
    }

    [Theory]
    [InlineData("GET", "script-markets/do/list")]
    [InlineData("POST", "script-sets/any/do/deploy")]
    [InlineData("GET", "func-caches/scope/key/do/get")]
    [InlineData("GET", "fs/any/some/file.txt")]
    [InlineData("GET", "metrics")]
    public async Task Routes_of_the_original_that_are_not_there_yet_say_so(string method, string path)
    {
        var answer = await _api.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/api/v1/" + path));

        (answer.Status, answer.Reason).Should().Be((HttpStatusCode.NotImplemented, "EClientUnsupported"));
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "migrating.md")).Should().Contain(path.Split('/')[0]);
    }

    [Fact]
    public async Task A_link_to_a_function_that_is_not_there_is_refused()
    {
        var answer = await _api.PostAsync("/api/v1/auth-links/do/add", new { data = new { funcId = "no__such.f", funcCallKwargsJSON = new { } } });

        answer.Status.Should().Be(HttpStatusCode.NotFound);
        answer.Reason.Should().Be("EClientNotFound");
    }

    [Fact]
    public async Task Secrets_are_masked_in_error_answers()
    {
        var answer = await _api.PostTextAsync("/api/v1/auth/do/sign-in?xDFFAuthToken=topsecret1", """{"signIn":{"username":"admin","password":"topsecret2"},"nope":1}""");

        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        answer.Text.Should().NotContain("topsecret1").And.NotContain("topsecret2");
    }

    [Fact]
    public async Task A_wrong_token_is_refused_on_every_route_that_needs_one()
    {
        using var stranger = new ApiClient(_api.Http.BaseAddress!) { Token = "wrong" };
        foreach (var path in (string[])["/api/v1/scripts/do/list", "/api/v1/script-sets/sample/do/delete", "/api/v1/auth/profile/do/get"])
        {
            var answer = await stranger.GetAsync(path);
            answer.Status.Should().Be(HttpStatusCode.Unauthorized, path);
            answer.Reason.Should().Be("EUserAuth");
        }
    }

    public sealed class OnSqlite(SqliteSilo silo) : BadInputTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : BadInputTests(silo);
}
