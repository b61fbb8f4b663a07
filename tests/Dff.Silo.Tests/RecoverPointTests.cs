using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Going back to what all scripts were. It concerns the whole store, so each test has its own.</summary>
public sealed class RecoverPointTests(MariaDbSilo shared)
{
    private const string Points = "/api/v1/script-recover-points";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_is_again_what_it_was(bool onServer)
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, onServer ? await shared.NewDatabaseAsync() : null);
        var api = silo.Api;
        await api.PublishAsync("keep__a", Code("old"));
        await api.PublishAsync("keep__gone", Code("gone"));
        await api.PublishAsync("dropped__a", Code("dropped"));
        await api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "keep__draft", codeDraft = "d = 1\n" } });
        await api.PostAsync("/api/v1/scripts/keep__a/do/modify", new { data = new { title = "T", codeDraft = "edited = 1\n" } });
        await api.PostAsync("/api/v1/script-sets/keep/do/modify", new { data = new { title = "Kept", isPinned = true } });
        var before = await ScriptsAsync(api);
        var point = (string?)(await api.PostAsync($"{Points}/do/add", new { data = new { note = "Before all that" } })).RequireOk().Data!["id"];

        await api.PublishAsync("keep__a", Code("new"));
        await api.PublishAsync("keep__draft", Code("published meanwhile"));
        await api.PublishAsync("added__a", Code("added"));
        (await api.GetAsync("/api/v1/scripts/keep__gone/do/delete")).RequireOk();
        (await api.GetAsync("/api/v1/script-sets/dropped/do/delete")).RequireOk();
        (await api.PostAsync("/api/v1/script-sets/keep/do/modify", new { data = new { title = "Other", isPinned = false } })).RequireOk();
        var after = await ScriptsAsync(api);
        var recovered = (await api.PostAsync($"{Points}/{point}/do/recover", new { })).RequireOk().Data!;

        (await ScriptsAsync(api)).Should().Equal(before);
        (await ResultsAsync(api)).Should().Equal("old", "gone", "dropped", "EClientNotFound", "EClientNotFound");
        ((int)(await api.GetAsync("/api/v1/scripts/keep__a/do/get")).RequireOk().Data!["publishVersion"]!).Should().Be(3, "what runs again is a new version");
        (await VersionsAsync(api, "keep__a")).Should().Equal((3, Code("old")), (2, Code("new")), (1, Code("old")));
        (await VersionsAsync(api, "keep__draft")).Should().BeEmpty("it was not published then");
        (await api.PostAsync("/api/v1/scripts/keep__draft/do/publish", new { })).RequireOk();
        (await api.PostAsync($"{Points}/{recovered["recoverPointId"]}/do/recover", new { })).RequireOk();
        (await ScriptsAsync(api)).Should().Equal(after, "the way back has a way back");
        (await ResultsAsync(api)).Should().Equal("new", "EClientNotFound", "EClientNotFound", "published meanwhile", "added");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recover_points_are_listed_by_marker_and_what_is_locked_refuses_a_recovery(bool onServer)
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, onServer ? await shared.NewDatabaseAsync() : null);
        var api = silo.Api;
        await api.PublishAsync("locked__a", Code("old"));
        foreach (var number in Enumerable.Range(1, 5)) (await api.PostAsync($"{Points}/do/add", new { data = new { note = $"Number {number}" } })).RequireOk();

        var first = await api.GetAsync($"{Points}/do/list?pageSize=2");
        first.Data!.AsArray().Select(row => (string?)row!["note"]).Should().Equal("Number 5", "Number 4");
        var marker = (long)first.Json["pageInfo"]!["pageMarker"]!;
        first.Json["pageInfo"]!.ToJsonString().Should().Be($$"""{"pagingStyle":"marker","pageSize":2,"count":2,"pageMarkerField":"seq","pageMarker":{{marker}},"isFirstPage":true}""");
        var second = await api.GetAsync($"{Points}/do/list?pageSize=2&pageMarker={marker}");
        second.Data!.AsArray().Select(row => (string?)row!["note"]).Should().Equal("Number 3", "Number 2");
        ((bool)second.Json["pageInfo"]!["isFirstPage"]!).Should().BeFalse();
        (await api.GetAsync($"{Points}/do/list?type=import")).RequireOk().Data!.AsArray().Should().BeEmpty();
        (await api.GetAsync($"{Points}/do/list?_fuzzySearch=number 3")).RequireOk().Data!.AsArray().Should().ContainSingle().Which!["summaryJSON"]!["scripts"]!.GetValue<int>().Should().BeGreaterThan(0);
        (await api.GetAsync($"{Points}/do/list?pageMarker=x")).Reason.Should().Be("EClientBadRequest");
        (await api.PostAsync($"{Points}/do/add", new { data = new { note = "" } })).Json["detail"]!["field"]!.GetValue<string>().Should().Be("data.note");
        (await api.PostAsync($"{Points}/srpt-none/do/recover", new { })).Reason.Should().Be("EClientNotFound");

        await api.PublishAsync("locked__a", Code("new"));
        await api.PublishAsync("other__a", Code("other"));
        using var owner = await api.AddUserAsync("locker", "some-password-1", ["admin"]);
        (await owner.PostAsync("/api/v1/scripts/locked__a/do/modify", new { data = new { isLocked = true } })).RequireOk();
        var before = await ScriptsAsync(api);
        var refused = await api.PostAsync($"{Points}/{first.Data![0]!["id"]}/do/recover", new { });
        refused.Reason.Should().Be("EBizCondition.ModifyingScriptNotAllowed");
        (await ScriptsAsync(api)).Should().Equal(before);
        (await owner.PostAsync($"{Points}/{first.Data[0]!["id"]}/do/recover", new { })).RequireOk();
        ((string?)(await api.CallAsync("locked__a.f")).RequireOk().Data!["result"]).Should().Be("old");
    }

    [Fact]
    public async Task The_oldest_beyond_the_limit_go()
    {
        using var directory = new TestDirectory();
        var settings = new Dictionary<string, string> { ["_DBDATA_TABLE_LIMIT_MAP"] = """{"biz_main_script_recover_point": 2}""" };
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            foreach (var number in Enumerable.Range(1, 5)) (await silo.Api.PostAsync($"{Points}/do/add", new { data = new { note = $"{number}" } })).RequireOk();
        }

        await using var again = await SiloProcess.StartAsync(directory.Path, settings);

        await Eventually.TrueAsync(async () => (await again.Api.GetAsync($"{Points}/do/list")).RequireOk().Data!.AsArray().Count == 2, "two are kept");
        var kept = (await again.Api.GetAsync($"{Points}/do/list")).RequireOk().Data!.AsArray();
        kept.Select(row => (string?)row!["note"]).Should().Equal("5", "4");
        (await again.Api.PostAsync($"{Points}/{kept[1]!["id"]}/do/recover", new { })).RequireOk();
    }

    private static string Code(string result) => $"@DFF.API('F')\ndef f():\n    return '{result}'\n";

    private static async Task<IReadOnlyList<string>> ResultsAsync(ApiClient api)
    {
        var results = new List<string>();
        foreach (var script in (string[])["keep__a", "keep__gone", "dropped__a", "keep__draft", "added__a"])
        {
            var answer = await api.CallAsync($"{script}.f");
            results.Add(answer.IsOk ? (string)answer.Data!["result"]! : answer.Reason);
        }

        return results;
    }

    /// <summary>All that there is of sets, scripts and functions, but for times and numbers.</summary>
    private static async Task<IReadOnlyList<string>> ScriptsAsync(ApiClient api)
    {
        var rows = new List<string>();
        foreach (var list in (string[])["script-sets/do/list?", "scripts/do/list?_withCode=true&_withCodeDraft=true&", "funcs/do/list?"])
        {
            var all = (await api.GetAsync($"/api/v1/{list}noPage=true&sort=id&fieldKicking=seq,createTime,updateTime,publishVersion,scpt_publishVersion,lockedByUserId,sset_lockedByUserId")).RequireOk().Data!.AsArray();
            rows.AddRange(all.Select(row => row!.ToJsonString()));
        }

        return rows;
    }

    private static async Task<IReadOnlyList<(int Version, string? Code)>> VersionsAsync(ApiClient api, string script) =>
    [
        .. (await api.GetAsync($"/api/v1/script-publish-history/do/list?scriptId={script}")).RequireOk().Data!.AsArray()
            .Select(row => ((int)row!["scriptPublishVersion"]!, (string?)row["scriptCode_cache"])),
    ];
}
