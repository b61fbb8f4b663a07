using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Published versions: what differs, the way back, and finding text in code.</summary>
public abstract class ScriptVersionTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task What_differs_between_two_versions_is_told_in_the_unified_format()
    {
        await _api.PublishAsync("diff__a", "a = 1\nb = 2\nc = 3\n");
        await _api.PublishAsync("diff__a", "a = 1\nb = 20\nc = 3\nd = 4\n");
        (await _api.PostAsync("/api/v1/scripts/diff__a/do/modify", new { data = new { codeDraft = "a = 1\n" } })).RequireOk();

        var versions = (await _api.GetAsync("/api/v1/scripts/diff__a/do/diff?from=1&to=2")).RequireOk().Data!;
        var draft = (await _api.GetAsync("/api/v1/scripts/diff__a/do/diff")).RequireOk().Data!;
        var same = (await _api.GetAsync("/api/v1/scripts/diff__a/do/diff?from=2&to=published")).RequireOk().Data!;

        ((string)versions["diff"]!).ReplaceLineEndings("\n").Should().Contain("--- 1\n+++ 2\n").And.Contain("\n a = 1\n-b = 2\n+b = 20\n c = 3\n+d = 4\n");
        ((int)versions["added"]!, (int)versions["removed"]!).Should().Be((2, 1));
        ((string?)draft["from"], (string?)draft["to"], (int)draft["added"]!, (int)draft["removed"]!).Should().Be(("published", "draft", 0, 3));
        ((string?)same["diff"]).Should().BeEmpty();
        (await _api.GetAsync("/api/v1/scripts/diff__a/do/diff?from=9")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync("/api/v1/scripts/diff__a/do/diff?from=zero")).Reason.Should().Be("EClientBadRequest");
        (await _api.GetAsync("/api/v1/scripts/diff__none/do/diff")).Reason.Should().Be("EClientNotFound");
        await _api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "diff__long", codeDraft = string.Concat(Enumerable.Repeat("x = 1\n", 20_000)) } });
        (await _api.GetAsync("/api/v1/scripts/diff__long/do/diff")).Json["detail"]!["field"]!.GetValue<string>().Should().Be("to");
    }

    [Fact]
    public async Task Rolling_back_publishes_an_earlier_version_as_a_new_one()
    {
        await _api.PublishAsync("back__a", Code("first"));
        await _api.PublishAsync("back__a", Code("second"));
        var rolled = (await RollBackAsync("back__a", 1, "Second was bad")).RequireOk().Data!;
        ((int)rolled["publishVersion"]!).Should().Be(3);
        ((string?)rolled["exportedAPIFuncs"]![0]!["name"]).Should().Be("f");
        ((string?)(await _api.CallAsync("back__a.f")).RequireOk().Data!["result"]).Should().Be("first");
        ((string?)(await _api.GetAsync("/api/v1/scripts/back__a/do/get")).RequireOk().Data!["codeDraft"]).Should().Be(Code("first"), "the draft had nothing of its own");
        var latest = (await _api.GetAsync("/api/v1/script-publish-history/do/list?scriptId=back__a&pageSize=1")).RequireOk().Data![0]!;
        ((int)latest["scriptPublishVersion"]!, (string?)latest["scriptCode_cache"], (string?)latest["note"]).Should().Be((3, Code("first"), "Second was bad"));

        (await _api.PostAsync("/api/v1/scripts/back__a/do/modify", new { data = new { codeDraft = Code("edited") } })).RequireOk();
        (await RollBackAsync("back__a", 2)).RequireOk();
        ((string?)(await _api.CallAsync("back__a.f")).RequireOk().Data!["result"]).Should().Be("second");
        ((string?)(await _api.GetAsync("/api/v1/scripts/back__a/do/get")).RequireOk().Data!["codeDraft"]).Should().Be(Code("edited"), "edits stay");
        (await RollBackAsync("back__a", 4)).Reason.Should().Be("EBizCondition.ScriptNotEdited");
        (await RollBackAsync("back__a", 9)).Reason.Should().Be("EClientNotFound");
        (await RollBackAsync("back__none", 1)).Reason.Should().Be("EClientNotFound");
        (await _api.PostAsync("/api/v1/scripts/back__a/do/roll-back", new { data = new { } })).Json["detail"]!["field"]!.GetValue<string>().Should().Be("data.scriptPublishVersion");
    }

    [Fact]
    public async Task A_version_that_does_not_load_any_more_is_not_rolled_back_to()
    {
        await _api.PublishAsync("backlib__a", "x = 1\n");
        await _api.PublishAsync("backfail__a", "import backlib__a\n" + Code("first"));
        await _api.PublishAsync("backfail__a", Code("second"));
        (await _api.GetAsync("/api/v1/scripts/backlib__a/do/delete")).RequireOk();

        (await RollBackAsync("backfail__a", 1)).Reason.Should().Be("EScriptPreCheck");

        ((string?)(await _api.CallAsync("backfail__a.f")).RequireOk().Data!["result"]).Should().Be("second");
    }

    [Fact]
    public async Task Text_is_found_in_code_in_drafts_and_in_every_version()
    {
        await _api.PublishAsync("fulltext__a", "needle_published = '100%_!'\n");
        (await _api.PostAsync("/api/v1/scripts/fulltext__a/do/modify", new { data = new { codeDraft = "needle_draft = 1\n" } })).RequireOk();
        await _api.PublishAsync("fulltext__b", "needle_older = 1\n");
        await _api.PublishAsync("fulltext__b", "x = 1\n");

        (await FoundAsync("scripts", "needle_published")).Should().Equal("fulltext__a");
        (await FoundAsync("scripts", "needle_draft")).Should().Equal("fulltext__a");
        (await FoundAsync("scripts", "fulltext__b")).Should().Equal("fulltext__b");
        (await FoundAsync("scripts", "'100%_!'")).Should().Equal("fulltext__a");
        (await FoundAsync("scripts", "'100x_!'")).Should().BeEmpty();
        (await FoundAsync("scripts", "needle_older")).Should().BeEmpty("no script holds it any more");
        (await FoundAsync("script-publish-history", "needle_older", "scriptId")).Should().Equal("fulltext__b");
        (await FoundAsync("script-publish-history", "needle_draft", "scriptId")).Should().BeEmpty("it was never published");
    }

    private static string Code(string result) => $"@DFF.API('F')\ndef f():\n    return '{result}'\n";

    private Task<ApiAnswer> RollBackAsync(string script, int version, string? note = null) =>
        _api.PostAsync($"/api/v1/scripts/{script}/do/roll-back", new { data = new { scriptPublishVersion = version, note } });

    private async Task<IEnumerable<string?>> FoundAsync(string list, string text, string field = "id") =>
        (await _api.GetAsync($"/api/v1/{list}/do/list?_fulltextSearch={Uri.EscapeDataString(text)}")).RequireOk().Data!.AsArray().Select(row => (string?)row![field]);

    public sealed class OnSqlite(SqliteSilo silo) : ScriptVersionTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : ScriptVersionTests(silo);
}
