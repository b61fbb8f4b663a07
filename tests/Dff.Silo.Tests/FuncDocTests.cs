using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What there is to call, and what the system says of itself.</summary>
public abstract class FuncDocTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task Functions_and_their_tags_are_listed_but_not_hidden_ones()
    {
        var script = await PublishAsync();

        (await ListAsync($"func-list?scriptId={script}&category=math,other")).Select(row => (string?)row!["name"]).Should().BeEquivalentTo("f", "g");
        (await ListAsync($"func-list?tags={Tag(script)}&name=f")).Select(row => (string?)row!["id"]).Should().Equal($"{script}.f");
        (await ListAsync($"func-tag-list?scriptId={script}")).Select(tag => ((string?)tag!["name"], (int)tag["count"]!)).Should().Equal(("common", 2), (Tag(script), 1));
        (await ListAsync($"func-tag-list?scriptId={script}&tagPattern=com*")).Select(tag => (string?)tag!["name"]).Should().Equal("common");
        ((string?)(await _api.GetAsync($"/api/v1/func/{script}.f")).RequireOk().Data!["title"]).Should().Be("F");
        (await _api.GetAsync($"/api/v1/func/{script}.none")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Everybody_sees_what_is_to_be_shown_and_no_fixed_value()
    {
        var script = await PublishAsync();
        foreach (var (path, id, shown) in ((string, string, bool)[])[("sync-apis", $"shown-{script}", true), ("async-apis", $"queued-{script}", true), ("sync-apis", $"hidden-{script}", false)])
            (await _api.PostAsync($"/api/v1/{path}/do/add", new { data = new { id, funcId = $"{script}.f", funcCallKwargsJSON = new { x = "INPUT_BY_CALLER", y = "a-fixed-secret" }, showInDoc = shown } })).RequireOk();
        using var stranger = _api.Stranger();

        var all = (await stranger.GetAsync($"/api/v1/func-api-list?scriptId={script}")).RequireOk();
        var links = (await stranger.GetAsync($"/api/v1/auth-link-func-list?scriptId={script}&funcCategory=math&funcTags=common&funcName=f")).RequireOk();

        all.Text.Should().NotContain("a-fixed-secret").And.NotContain("hidden-");
        all.Data!.AsArray().Select(doc => ((string?)doc!["apiType"], (string?)doc["id"], (string?)doc["url"])).Should().Equal(("syncAPI", $"shown-{script}", $"/api/v1/al/shown-{script}"), ("asyncAPI", $"queued-{script}", $"/api/v1/bat/queued-{script}"));
        (links.Data!.AsArray().Single()!["funcCallKwargsJSON"]!.ToJsonString(), (string?)links.Data[0]!["func_title"], (bool)links.Data[0]!["needsAuth"]!).Should().Be(("""{"x":"INPUT_BY_CALLER"}""", "F", false));
        (await stranger.GetAsync($"/api/v1/func-api-list?scriptId={script}&apiType=asyncAPI")).RequireOk().Data!.AsArray().Should().ContainSingle();
        (await stranger.GetAsync($"/api/v1/auth-link-func-list?scriptId={script}&funcCategory=other")).RequireOk().Data!.AsArray().Should().BeEmpty();
        (await stranger.GetAsync("/api/v1/func-list")).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_system_says_what_it_is()
    {
        using var stranger = _api.Stranger();
        var version = (string?)(await stranger.GetAsync("/api/v1/image-info/do/get")).Data!["version"];
        foreach (var path in (string[])["image-info", "worker-image-info/do/get", "system-info"]) ((string?)(await stranger.GetAsync($"/api/v1/{path}")).RequireOk().Data!["version"]).Should().Be(version);
        (await stranger.GetAsync("/api/v1/server-const/do/get")).RequireOk().Data!["privileges"]!.AsArray().Select(name => (string?)name).Should().Contain("general_r");
        ((int)(await stranger.GetAsync("/api/v1/func-system-config")).RequireOk().Data!["maxTimeout"]!).Should().Be(3600);
        var upgrades = (await stranger.GetAsync("/api/v1/upgrade-info")).RequireOk().Data!.AsArray();
        upgrades.Select(upgrade => (int)upgrade!["seq"]!).Should().BeInAscendingOrder().And.StartWith(1);
        (await stranger.GetAsync($"/api/v1/upgrade-info?seq={upgrades[^1]!["seq"]}")).RequireOk().Data!.AsArray().Should().BeEmpty();
    }

    private static string Tag(string script) => "tag-" + script[..12];

    private async Task<JsonArray> ListAsync(string path) => (await _api.GetAsync($"/api/v1/{path}")).RequireOk().Data!.AsArray();

    private async Task<string> PublishAsync()
    {
        var script = $"d{Guid.NewGuid():N}__a";
        await _api.PublishAsync(
            script,
            $"""
            @DFF.API('F', category='math', tags=['common', '{Tag(script)}'])
            def f(x, y=None):
                return x
            @DFF.API('G', category='other', tags=['common'])
            def g():
                return 1
            @DFF.API('H', category='math', tags=['hidden'], is_hidden=True)
            def h():
                return 1
            """);
        return script;
    }

    public sealed class OnSqlite(SqliteSilo silo) : FuncDocTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : FuncDocTests(silo);
}
