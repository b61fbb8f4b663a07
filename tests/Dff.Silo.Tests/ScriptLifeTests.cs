using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Drafts, publishing, conflicts, deleting.</summary>
public abstract class ScriptLifeTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task A_change_made_from_another_draft_is_refused_and_changes_nothing()
    {
        await _api.PublishAsync("conflict__a", "x = 1\n");
        var before = (await _api.GetAsync("/api/v1/scripts/conflict__a/do/get")).RequireOk().Data!;
        var md5 = (string)before["codeDraftMD5"]!;

        (await _api.PostAsync("/api/v1/scripts/conflict__a/do/modify", new { prevCodeDraftMD5 = md5, data = new { codeDraft = "x = 2\n" } })).RequireOk();
        var refused = await _api.PostAsync("/api/v1/scripts/conflict__a/do/modify", new { prevCodeDraftMD5 = md5, data = new { codeDraft = "x = 3\n" } });

        refused.Status.Should().Be(HttpStatusCode.Conflict);
        refused.Reason.Should().Be("EBizRequestConflict.scriptDraftAlreadyChanged");
        ((string)(await _api.GetAsync("/api/v1/scripts/conflict__a/do/get")).Data!["codeDraft"]!).Should().Be("x = 2\n");
    }

    [Fact]
    public async Task Publish_is_refused_when_the_draft_does_not_compile()
    {
        await _api.PublishAsync("syntax__a", "@DFF.API('F')\ndef f():\n    return 'old'\n");
        await _api.PostAsync("/api/v1/scripts/syntax__a/do/modify", new { data = new { codeDraft = "def f(:\n" } });

        var refused = await _api.PostAsync("/api/v1/scripts/syntax__a/do/publish", new { });

        ((double)refused.Json["error"]!).Should().Be(599.20);
        refused.Reason.Should().Be("EScriptPreCheck");
        ((string)refused.Json["message"]!).Should().Contain("line 1").And.Contain("column 7");
        ((int)refused.Json["detail"]!["place"]!["line"]!).Should().Be(1);
        ((string)(await _api.CallAsync("syntax__a.f")).Data!["result"]!).Should().Be("old");
    }

    [Fact]
    public async Task Publish_is_refused_when_the_draft_raises_or_its_options_are_wrong()
    {
        await _api.PublishAsync("raises__a", "x = 1\n");
        foreach (var (code, message) in new[]
        {
            ("raise ValueError('while loading')", "while loading"),
            ("@DFF.API('F', timeout=0)\ndef f(): pass", "`timeout` must be an int from 1 to 3600"),
            ("@DFF.API('F', queue='nowhere')\ndef f(): pass", "`queue` must be"),
            ("@DFF.API('F', kwargs_hint={'nope': {'type': 'int'}})\ndef f(x): pass", "nope"),
            ("import nowhere__script", "'nowhere__script' does not exist or is not published"),
        })
        {
            await _api.PostAsync("/api/v1/scripts/raises__a/do/modify", new { data = new { codeDraft = code } });
            var refused = await _api.PostAsync("/api/v1/scripts/raises__a/do/publish", new { });
            refused.Reason.Should().Be("EScriptPreCheck", code);
            ((string)refused.Json["message"]!).Should().Contain(message);
        }

        await _api.PostAsync("/api/v1/scripts/raises__a/do/modify", new { data = new { codeDraft = "@DFF.API('1')\ndef f(): pass\n@DFF.API('2')\ndef f(): pass\n" } });
        (await _api.PostAsync("/api/v1/scripts/raises__a/do/publish", new { })).Reason.Should().Be("EClientDuplicated");
        ((int)(await _api.GetAsync("/api/v1/scripts/raises__a/do/get")).Data!["publishVersion"]!).Should().Be(1);
    }

    [Fact]
    public async Task Publishing_an_unchanged_draft_needs_force()
    {
        await _api.PublishAsync("again__a", "x = 1\n");

        (await _api.PostAsync("/api/v1/scripts/again__a/do/publish", new { })).Reason.Should().Be("EBizCondition.ScriptNotEdited");
        var forced = (await _api.PostAsync("/api/v1/scripts/again__a/do/publish", new { force = true, data = new { note = "again" } })).RequireOk();
        ((int)forced.Data!["publishVersion"]!).Should().Be(2);
    }

    [Fact]
    public async Task The_next_call_runs_what_was_published_also_in_scripts_that_import_it()
    {
        await _api.PublishAsync("fresh__lib", "def v():\n    return 0\n");
        await _api.PublishAsync("fresh__a", "import fresh__lib\n@DFF.API('F')\ndef f():\n    return fresh__lib.v()\n");
        for (var version = 1; version <= 20; version++)
        {
            await _api.PublishAsync("fresh__lib", $"def v():\n    return {version}\n");
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _api.CallAsync("fresh__a.f")));
            results.Select(result => (int)result.Data!["result"]!).Should().AllBeEquivalentTo(version);
        }
    }

    [Fact]
    public async Task Published_functions_are_described_as_written()
    {
        await _api.PublishAsync("facts__a", "@DFF.API('Title', category='query', tags=['b', 'a', 'b'], timeout=5, api_timeout=6, queue=3, is_hidden=True)\ndef f(a, b=1, *args, c=object(), **kwargs):\n    '''\n    Doc.\n    '''\n@DFF.API('Off', is_disabled=True)\ndef off(): pass\n");

        var rows = (await _api.GetAsync("/api/v1/funcs/do/list?scriptId=facts__a")).RequireOk().Data!.AsArray();

        var row = rows.Should().ContainSingle().Subject!;
        ((string)row["id"]!).Should().Be("facts__a.f");
        ((string)row["title"]!).Should().Be("Title");
        ((string)row["description"]!).Should().Be("Doc.");
        row["argsJSON"]!.ToJsonString().Should().Be("""["a","b","*args","c","**kwargs"]""");
        ((int)row["kwargsJSON"]!["b"]!["default"]!).Should().Be(1);
        ((string)row["kwargsJSON"]!["c"]!["default"]!).Should().Be("<Complex Object>");
        row["tagsJSON"]!.ToJsonString().Should().Be("""["a","b"]""");
        ((int)row["extraConfigJSON"]!["queue"]!).Should().Be(3);
        ((string)row["category"]!).Should().Be("query");
        (await _api.GetAsync("/api/v1/funcs/do/list?tags=a&category=query,other&scriptSetId=facts")).Data!.AsArray().Should().ContainSingle();
        (await _api.GetAsync("/api/v1/funcs/do/list?tags=zzz")).Data!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task A_deleted_set_takes_its_scripts_and_functions_along()
    {
        await _api.PublishAsync("doomed__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        await _api.PublishAsync("doomed__b", "x = 1\n");

        (await _api.GetAsync("/api/v1/script-sets/doomed/do/delete")).RequireOk();

        (await _api.GetAsync("/api/v1/scripts/do/list?scriptSetId=doomed")).Data!.AsArray().Should().BeEmpty();
        (await _api.GetAsync("/api/v1/funcs/do/list?scriptSetId=doomed")).Data!.AsArray().Should().BeEmpty();
        (await _api.CallAsync("doomed__a.f")).Reason.Should().Be("EClientNotFound");
        (await _api.GetAsync("/api/v1/script-sets/doomed/do/delete")).Reason.Should().Be("EClientNotFound");
        await _api.PublishAsync("doomed__a", "@DFF.API('F')\ndef f():\n    return 2\n");
        ((int)(await _api.CallAsync("doomed__a.f")).Data!["result"]!).Should().Be(2, "a script made anew begins at version 1 again, with other code");
    }

    [Fact]
    public async Task Lists_page_sort_search_and_pick()
    {
        await _api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "lists", title = "Ärger %_!" } });
        foreach (var name in (string[])["c", "a", "b"]) await _api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = $"lists__{name}", title = $"Title {name}" } });

        var page = await _api.GetAsync("/api/v1/scripts/do/list?scriptSetId=lists&pageSize=2&pageNumber=2&sort=id");
        page.Data!.AsArray().Select(row => (string)row!["id"]!).Should().Equal("lists__c");
        page.Json["pageInfo"]!.ToJsonString().Should().Be("""{"pagingStyle":"normal","pageSize":2,"count":1,"totalCount":3,"pageNumber":2,"pageCount":2,"isFirstPage":false}""");
        (await _api.GetAsync("/api/v1/scripts/do/list?scriptSetId=lists&noPage=true")).Data!.AsArray().Select(row => (string)row!["id"]!).Should().Equal("lists__b", "lists__a", "lists__c");
        (await _api.GetAsync("/api/v1/scripts/do/list?scriptSetId=lists&orderBy=id&orderMethod=desc&fieldPicking=id")).Data!.ToJsonString().Should().Be("""[{"id":"lists__c"},{"id":"lists__b"},{"id":"lists__a"}]""");
        (await _api.GetAsync("/api/v1/script-sets/do/list?_fuzzySearch=" + Uri.EscapeDataString("ÄRGER %_!"))).Data!.AsArray().Should().ContainSingle();
        (await _api.GetAsync("/api/v1/script-sets/do/list?_fuzzySearch=" + Uri.EscapeDataString("ärger x_!"))).Data!.AsArray().Should().BeEmpty();
        (await _api.GetAsync("/api/v1/scripts/do/list?id=" + Uri.EscapeDataString("x' OR '1'='1"))).Data!.AsArray().Should().BeEmpty();
        (await _api.GetAsync("/api/v1/scripts/do/list?nope=1")).Reason.Should().Be("EClientBadRequest");
        (await _api.GetAsync("/api/v1/scripts/do/list?pageSize=101")).Reason.Should().Be("EClientBadRequest");
    }

    public sealed class OnSqlite(SqliteSilo silo) : ScriptLifeTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : ScriptLifeTests(silo);
}
