using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Script sets that go out as packages and come in again.</summary>
public abstract class PackageTests(SiloUnderTest silo)
{
    private const string Export = "/api/v1/script-sets/do/export";
    private const string Import = "/api/v1/script-sets/do/import";
    private const string Confirm = "/api/v1/script-sets/do/confirm-import";

    private readonly ApiClient _api = silo.Api;

    [Theory]
    [InlineData("0123456789ab", "secret", "rvbKk/vHt5uXRIPYmqkadjNDg3/83j6Wz5JH6t2F5VU=")]
    [InlineData("0123456", "", "boT6hCliFXA6L2AFfkletw==")]
    public void The_writer_of_the_old_format_does_what_openssl_does(string content, string password, string expected) =>
        Encoding.ASCII.GetString(LegacyPackage.Seal(Encoding.ASCII.GetBytes(content), password)).Should().Be(expected);

    [Theory]
    [InlineData("old")]
    [InlineData("")]
    [InlineData("a-password-of-24-letters")]
    public async Task A_package_of_the_old_format_is_what_its_description_says(string password)
    {
        await _api.PublishAsync("pkg_old__a", "@DFF.API('Ä', tags=['t'], timeout=7)\ndef f(x, y=1):\n    return x\n");
        await _api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "pkg_old__never", codeDraft = "x = 1\n" } });

        var (name, file) = await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_old" }, password, note = "The note", format = "legacy" });

        name.Should().MatchRegex(@"^dataflux-func-\d{8}_\d{6}\.func-pkg$");
        var (text, zip) = LegacyPackage.Open(file, password);
        (text.Length % 16).Should().Be(0);
        (text.Length - text.TrimEnd(' ').Length).Should().BeInRange(1, 16);
        file.Should().Equal(LegacyPackage.Seal(zip, password), "nothing else is around the zip, byte for byte");
        var entry = LegacyPackage.Unzip(zip).Should().ContainSingle().Subject;
        entry.Key.Should().Be("dataflux-func.json");
        var json = JsonNode.Parse(entry.Value)!.AsObject();
        json.Select(field => field.Key).Should().Equal("scriptSets", "scripts", "funcs", "note");
        ((string?)json["note"]).Should().Be("The note");
        json["scriptSets"]![0]!.AsObject().Select(field => field.Key).Should().Equal("id", "title", "description");
        var script = json["scripts"]!.AsArray().Single(row => (string?)row!["id"] == "pkg_old__a")!.AsObject();
        script.Select(field => field.Key).Should().BeEquivalentTo("id", "scriptSetId", "title", "description", "publishVersion", "type", "code");
        var version = (int)(await _api.GetAsync("/api/v1/scripts/pkg_old__a/do/get")).RequireOk().Data!["publishVersion"]!;
        ((string?)script["scriptSetId"], (string?)script["type"], (int)script["publishVersion"]!).Should().Be(("pkg_old", "python", version));
        ((string?)script["code"]).Should().Contain("def f(x, y=1)");
        var function = json["funcs"]!.AsArray().Should().ContainSingle().Subject!;
        ((string?)function["id"], (string?)function["title"], (string?)function["category"]).Should().Be(("pkg_old__a.f", "Ä", "general"));
        function["argsJSON"]!.ToJsonString().Should().Be("""["x","y"]""");
        ((int)function["kwargsJSON"]!["y"]!["default"]!).Should().Be(1);
        ((int)function["extraConfigJSON"]!["timeout"]!).Should().Be(7);
        function["tagsJSON"]!.ToJsonString().Should().Be("""["t"]""");
    }

    [Fact]
    public async Task A_package_of_the_original_is_imported_and_its_functions_run_everywhere_at_once()
    {
        // Two that import each other's code: none of them could be published before the other.
        var file = LegacyPackage.Write(Package(
            "pkg_orig",
            ("a", 4, "import pkg_orig__b\n@DFF.API('F')\ndef f(x):\n    return pkg_orig__b.twice(x)\n", ["f"]),
            ("b", 2, "def twice(x):\n    return 2 * x\n", [])), "secret");

        var imported = (await ImportAsync(file, "secret")).RequireOk().Data!;

        imported["diff"]!["add"]!.AsArray().Select(record => (string?)record!["id"]).Should().Equal("pkg_orig", "pkg_orig__a", "pkg_orig__b");
        imported["diff"]!["replace"]!.AsArray().Should().BeEmpty();
        ((int)(await _api.CallAsync("pkg_orig__a.f", new { x = 21 })).RequireOk().Data!["result"]!).Should().Be(42);
        var script = (await _api.GetAsync("/api/v1/scripts/pkg_orig__a/do/get")).RequireOk().Data!;
        ((int)script["publishVersion"]!).Should().Be(4, "a new script keeps its version");
        ((string?)script["codeDraft"]).Should().Be((string?)script["code"]);
        var versions = (await _api.GetAsync("/api/v1/script-publish-history/do/list?scriptId=pkg_orig__a")).RequireOk().Data!.AsArray();
        versions.Should().ContainSingle().Which!["scriptCode_cache"]!.GetValue<string>().Should().StartWith("import pkg_orig__b");
        var history = (await _api.GetAsync($"/api/v1/script-set-import-history/do/list?id={imported["id"]}")).RequireOk().Data!.AsArray();
        history.Should().ContainSingle().Which!["status"]!.GetValue<string>().Should().Be("done");
        ((int)history[0]!["summaryJSON"]!["counts"]!["scripts"]!).Should().Be(2);
        (await _api.GetAsync($"/api/v1/script-recover-points/do/list?id={imported["recoverPointId"]}")).RequireOk().Data!.AsArray().Should().ContainSingle().Which!["type"]!.GetValue<string>().Should().Be("import");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a good one")]
    public async Task A_package_of_ours_comes_back_as_it_was(string? password)
    {
        // One of the names is a number to Orleans' provider.
        var set = password is null ? "pkg_own" : "decade";
        const string Code = "@DFF.API('F', category='query')\ndef f(x):\n    return ['ü', x]\n";
        await _api.PublishAsync($"{set}__a", Code);
        (await _api.PostAsync($"/api/v1/script-sets/{set}/do/modify", new { data = new { title = "Titel ü", description = "D", requirements = "numpy" } })).RequireOk();
        (await _api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = $"{set}__draft", title = "T", codeDraft = "y = 2\n" } })).RequireOk();
        var (_, file) = await _api.DownloadAsync(Export, new { scriptSetIds = new[] { set }, password, note = "N" });
        if (password is null) LegacyPackage.Unzip(file)[$"scripts/{set}__a.py"].Should().Be(Code, "one .py file a script, for anybody to read");
        else Encoding.Latin1.GetString(file).Should().NotContain("manifest").And.NotContain("scripts/");
        (await _api.GetAsync($"/api/v1/script-sets/{set}/do/delete")).RequireOk();
        (await _api.CallAsync($"{set}__a.f", new { x = 1 })).Reason.Should().Be("EClientNotFound");

        (await ImportAsync(file, password)).RequireOk();

        (await _api.CallAsync($"{set}__a.f", new { x = 1 })).RequireOk().Data!["result"]!.ToJsonString(Readable).Should().Be("""["ü",1]""");
        var row = (await _api.GetAsync($"/api/v1/script-sets/do/list?id={set}")).RequireOk().Data![0]!;
        ((string?)row["title"], (string?)row["description"], (string?)row["requirements"]).Should().Be(("Titel ü", "D", "numpy"));
        var draft = (await _api.GetAsync($"/api/v1/scripts/{set}__draft/do/get")).RequireOk().Data!;
        ((string?)draft["codeDraft"], (int)draft["publishVersion"]!).Should().Be(("y = 2\n", 0));
        var functions = (await _api.GetAsync($"/api/v1/funcs/do/list?scriptSetId={set}")).RequireOk().Data!.AsArray();
        ((string?)functions.Should().ContainSingle().Subject!["category"]).Should().Be("query");
        (await _api.PostAsync($"/api/v1/scripts/{set}__draft/do/modify", new { data = new { codeDraft = "mine = 1\n" } })).RequireOk();
        (await ImportAsync(LegacyPackage.Write(Package(set, ("draft", 0, "", [])), ""), null)).RequireOk();
        ((string?)(await _api.GetAsync($"/api/v1/scripts/{set}__draft/do/get")).RequireOk().Data!["codeDraft"]).Should().Be("mine = 1\n", "a package that does not tell the draft leaves it");
        (await ImportAsync(file, password)).RequireOk();
        (await _api.GetAsync($"/api/v1/script-publish-history/do/list?scriptId={set}__a")).RequireOk().Data!.AsArray().Should().ContainSingle("what is the same becomes no new version");
    }

    [Fact]
    public async Task A_check_changes_nothing_and_is_confirmed_once_by_whom_it_was_made_for()
    {
        await _api.PublishAsync("pkg_check__a", "@DFF.API('F')\ndef f():\n    return 'old'\n");
        await _api.PublishAsync("pkg_check__stays", "@DFF.API('F')\ndef f():\n    return 'stays'\n");
        var package = Package("pkg_check", ("a", 1, "@DFF.API('F')\ndef f():\n    return 'new'\n", ["f"]), ("b", 1, "@DFF.API('F')\ndef f():\n    return 'added'\n", ["f"]));
        var fields = new Dictionary<string, string> { ["password"] = "secret", ["checkOnly"] = "true" };

        var check = (await _api.UploadAsync(Import, LegacyPackage.Write(package, "secret"), fields)).RequireOk().Data!;

        check["diff"]!["add"]!.AsArray().Select(record => (string?)record!["id"]).Should().Equal("pkg_check__b");
        check["diff"]!["replace"]!.AsArray().Select(record => (string?)record!["id"]).Should().Equal("pkg_check", "pkg_check__a");
        ((string?)check["summary"]!["note"]).Should().Be("From the original");
        ((string?)(await _api.CallAsync("pkg_check__a.f")).RequireOk().Data!["result"]).Should().Be("old");
        using var other = await _api.AddUserAsync($"pkgother{Guid.NewGuid():N}"[..20], "some-password-1", ["admin"]);
        (await other.PostAsync(Confirm, new { confirmId = (string?)check["confirmId"] })).Reason.Should().Be("EBizCondition.ConfirmingImportTimeout", "it is not theirs");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _api.PostAsync(Confirm, new { confirmId = (string?)check["confirmId"] })));
        answers.Count(answer => answer.IsOk).Should().Be(1);
        answers.Where(answer => !answer.IsOk).Should().OnlyContain(answer => answer.Reason == "EBizCondition.ConfirmingImportTimeout");
        ((string?)(await _api.CallAsync("pkg_check__a.f")).RequireOk().Data!["result"]).Should().Be("new");
        ((string?)(await _api.CallAsync("pkg_check__b.f")).RequireOk().Data!["result"]).Should().Be("added");
        ((string?)(await _api.CallAsync("pkg_check__stays.f")).RequireOk().Data!["result"]).Should().Be("stays");
        ((int)(await _api.GetAsync("/api/v1/scripts/pkg_check__a/do/get")).RequireOk().Data!["publishVersion"]!).Should().Be(2, "a version only ever rises");
    }

    [Fact]
    public async Task Grains_that_were_awake_go_on_from_what_was_imported()
    {
        await _api.PublishAsync("pkg_awake__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        var file = LegacyPackage.Write(Package("pkg_awake", ("a", 1, "@DFF.API('F')\ndef f():\n    return 2\n", ["f"])), "");
        for (var round = 0; round < 5; round++)
        {
            (await _api.PostAsync("/api/v1/scripts/pkg_awake__a/do/modify", new { data = new { codeDraft = "x = 1\n" } })).RequireOk();
            (await ImportAsync(file, null)).RequireOk();

            var draft = await _api.PostAsync("/api/v1/func-draft/pkg_awake__a.f", new { });
            ((int)draft.RequireOk().Data!["result"]!["funcResult"]!["raw"]!).Should().Be(2);
            var md5 = (string?)(await _api.GetAsync("/api/v1/scripts/pkg_awake__a/do/get")).RequireOk().Data!["codeDraftMD5"];
            (await _api.PostAsync("/api/v1/scripts/pkg_awake__a/do/modify", new { prevCodeDraftMD5 = md5, data = new { codeDraft = $"@DFF.API('F')\ndef f():\n    return 'edited {round}'\n" } })).RequireOk();
            (await _api.PostAsync("/api/v1/scripts/pkg_awake__a/do/publish", new { })).RequireOk();
            ((string?)(await _api.CallAsync("pkg_awake__a.f")).RequireOk().Data!["result"]).Should().Be($"edited {round}");
            (await _api.PostAsync("/api/v1/script-sets/pkg_awake/do/modify", new { data = new { title = $"Round {round}" } })).RequireOk();
        }
    }

    [Fact]
    public async Task Changes_and_an_import_at_the_same_moment_do_not_mix()
    {
        const string Own = "@DFF.API('F')\ndef f():\n    return 'own'\n";
        await _api.PublishAsync("pkg_race__a", Own);
        var file = LegacyPackage.Write(Package("pkg_race", ("a", 1, "@DFF.API('F')\ndef f():\n    return 'imported'\n", ["f"])), "");
        for (var round = 0; round < 5; round++)
        {
            (await _api.PostAsync("/api/v1/scripts/pkg_race__a/do/modify", new { data = new { codeDraft = Own } })).RequireOk();
            var publish = _api.PostAsync("/api/v1/scripts/pkg_race__a/do/publish", new { force = true });
            var import = ImportAsync(file, null);
            (await import).RequireOk();
            var published = await publish;
            if (!published.IsOk) published.Reason.Should().Be("EBizRequestConflict", "what it had read was no longer true");

            var script = (await _api.GetAsync("/api/v1/scripts/pkg_race__a/do/get")).RequireOk().Data!;
            var running = (string?)(await _api.CallAsync("pkg_race__a.f")).RequireOk().Data!["result"];
            ((string?)script["code"]).Should().Contain($"'{running}'");
            var latest = (await _api.GetAsync("/api/v1/script-publish-history/do/list?scriptId=pkg_race__a&pageSize=1")).RequireOk().Data![0]!;
            ((int)latest["scriptPublishVersion"]!, (string?)latest["scriptCode_cache"]).Should().Be(((int)script["publishVersion"]!, (string?)script["code"]));
        }
    }

    [Fact]
    public async Task What_belongs_to_the_scripts_goes_along_where_it_is_asked_for()
    {
        await _api.PublishAsync("pkg_parts__a", "@DFF.API('F')\ndef f(x, y=0):\n    return DFF.ENV('pkg.number') + x + y\n@DFF.API('G', fixed_crontab='0 0 1 1 *')\ndef g():\n    pass\n@DFF.API('I', integration='autoRun', integration_config={'crontab': '0 0 1 1 *'})\ndef i():\n    pass\n");
        (await _api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "pkg.number", title = "T", valueTEXT = "40", autoTypeCasting = "integer" } })).RequireOk();
        (await _api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id = "auln-pkg", funcId = "pkg_parts__a.f", funcCallKwargsJSON = new { x = "FROM_PARAMETER", y = 1 }, throttlingJSON = new { byMinute = 1000 }, tagsJSON = new[] { "ü" }, note = "N", expireTime = "2099-01-01T00:00:00Z" } })).RequireOk();
        (await _api.PostAsync("/api/v1/batches/do/add", new { data = new { id = "bat-pkg", funcId = "pkg_parts__a.f", funcCallKwargsJSON = new { x = 1 }, taskRecordLimit = 5 } })).RequireOk();
        (await _api.PostAsync("/api/v1/crontab-configs/do/add", new { data = new { id = "cron-pkg", funcId = "pkg_parts__a.f", funcCallKwargsJSON = new { x = 2 }, crontab = "0 9 * * mon", timezone = "Europe/Berlin", overlapPolicy = "queue", misfireGraceSeconds = 60, scope = "pkg" } })).RequireOk();
        (await _api.PostAsync("/api/v1/crontab-configs/do/add", new { data = new { id = "cron-pkg-fixed", funcId = "pkg_parts__a.g", funcCallKwargsJSON = new { }, isDisabled = true } })).RequireOk();
        var plain = (await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_parts" }, password = (string?)null, note = "N" })).Content;
        JsonNode.Parse(LegacyPackage.Unzip(plain)["manifest.json"])!["parts"]!.ToJsonString().Should().Be("{}", "nobody asked for it");
        var (_, file) = await _api.DownloadAsync(
            Export, new { scriptSetIds = new[] { "pkg_parts" }, password = "p", note = "N", envVariableIds = new[] { "pkg.number" }, includeAuthLinks = true, includeAsyncAPIs = true, includeCronJobs = true });
        var before = await PartsAsync();
        foreach (var path in (string[])["auth-links/auln-pkg", "batches/bat-pkg", "crontab-configs/cron-pkg", "crontab-configs/cron-pkg-fixed", "env-variables/pkg.number", "script-sets/pkg_parts"])
            (await _api.GetAsync($"/api/v1/{path}/do/delete")).RequireOk();

        var imported = (await ImportAsync(file, "p")).RequireOk().Data!;

        imported["summary"]!["counts"]!.ToJsonString().Should().Be("""{"scriptSets":1,"scripts":1,"funcs":3,"envVariables":1,"authLinks":1,"batches":1,"crontabConfigs":2}""");
        imported["failures"]!.AsArray().Should().BeEmpty();
        (await PartsAsync()).Should().BeEquivalentTo(before);
        (await _api.PostAsync("/api/v1/al/pkg", new { kwargs = new { x = 1 } })).RequireOk().Text.Should().Be("42");
        (await _api.PostAsync("/api/v1/bat/pkg", new { options = new { saveResult = true } })).RequireOk();
        (await _api.GetAsync("/api/v1/crontab-configs/cron-pkg/next-runs?count=1")).RequireOk().Data!["runs"]!.AsArray().Should().ContainSingle();
        // Once more, over what is there: links change, and the config that was disabled is settled and changed by its grain.
        (await _api.PostAsync("/api/v1/auth-links/auln-pkg/do/modify", new { data = new { note = "changed", funcCallKwargsJSON = new { x = "FROM_PARAMETER", y = 2 } } })).RequireOk();
        (await _api.PostAsync("/api/v1/crontab-configs/cron-pkg/do/modify", new { data = new { isDisabled = true, note = "changed" } })).RequireOk();
        (await _api.PostAsync("/api/v1/env-variables/pkg.number/do/modify", new { data = new { valueTEXT = "50" } })).RequireOk();
        (await _api.PostAsync("/api/v1/al/pkg", new { kwargs = new { x = 1 } })).RequireOk().Text.Should().Be("53");
        imported = (await ImportAsync(file, "p")).RequireOk().Data!;
        imported["diff"]!["add"]!.AsArray().Should().BeEmpty();
        imported["diff"]!["replace"]!.AsArray().Count.Should().Be(7);
        (await PartsAsync()).Should().BeEquivalentTo(before);
        (await _api.PostAsync("/api/v1/al/pkg", new { kwargs = new { x = 1 } })).RequireOk().Text.Should().Be("42");
    }

    [Fact]
    public async Task No_import_opens_a_link_or_a_batch_whose_callers_have_to_prove_who_they_are()
    {
        await _api.PublishAsync("pkg_proven__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        var config = new { fields = new[] { new { location = "header", name = "X-Key", value = "secret" } } };
        var auth = (string)(await _api.PostAsync("/api/v1/api-auth/do/add", new { data = new { title = "pkg", type = "fixedField", configJSON = config } })).RequireOk().Data!["id"]!;
        foreach (var (path, id) in ((string, string)[])[("auth-links", "auln-pkg-proven"), ("batches", "bat-pkg-proven")])
            (await _api.PostAsync($"/api/v1/{path}/do/add", new { data = new { id, funcId = "pkg_proven__a.f", funcCallKwargsJSON = new { }, apiAuthId = auth } })).RequireOk();
        var (_, file) = await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_proven" }, password = (string?)null, note = "N", includeAuthLinks = true, includeAsyncAPIs = true });
        string[] calls = ["/api/v1/al/pkg-proven", "/api/v1/bat/pkg-proven"];

        (await ImportAsync(file, null)).RequireOk();
        foreach (var call in calls) (await _api.PostAsync(call, new { })).Status.Should().Be(HttpStatusCode.Unauthorized, $"{call} keeps what is here");

        foreach (var path in (string[])["auth-links/auln-pkg-proven", "batches/bat-pkg-proven", $"api-auth/{auth}"]) (await _api.GetAsync($"/api/v1/{path}/do/delete")).RequireOk();
        (await ImportAsync(file, null)).RequireOk();
        foreach (var call in calls) (await _api.PostAsync(call, new { })).Reason.Should().EndWith("Disabled", $"what {call} demanded is not known here");
    }

    [Fact]
    public async Task A_package_that_holds_a_lock_or_a_link_to_nowhere_is_refused_and_nothing_of_it_is_done()
    {
        await _api.PublishAsync("pkg_locked__z", "@DFF.API('F')\ndef f():\n    return 'old'\n");
        using var owner = await _api.AddUserAsync($"pkglock{Guid.NewGuid():N}"[..20], "some-password-1", ["admin"]);
        (await owner.PostAsync("/api/v1/scripts/pkg_locked__z/do/modify", new { data = new { isLocked = true } })).RequireOk();
        var file = LegacyPackage.Write(Package("pkg_locked", ("a", 1, "x = 1\n", []), ("z", 1, "@DFF.API('F')\ndef f():\n    return 'new'\n", ["f"])), "");

        var refused = await RefusedAsync(() => ImportAsync(file, null));

        refused.Reason.Should().Be("EBizCondition.ModifyingScriptNotAllowed");
        (await _api.GetAsync("/api/v1/scripts/pkg_locked__a/do/get")).Status.Should().Be(HttpStatusCode.NotFound);
        var dangling = Manifest("pkg_dangling");
        dangling["parts"] = new JsonObject { ["authLinks"] = new JsonArray(new JsonObject { ["id"] = "auln-dangling", ["funcId"] = "pkg_dangling__a.gone", ["funcCallKwargsJSON"] = new JsonObject() }) };
        refused = await RefusedAsync(() => ImportAsync(Own(dangling), null));
        refused.Status.Should().Be(HttpStatusCode.BadRequest);
        ((string?)refused.Json["detail"]!["field"]).Should().Be("files:authLinks[0].funcId");
    }

    [Fact]
    public async Task Whatever_is_no_package_is_refused_and_changes_nothing()
    {
        await _api.PublishAsync("pkg_bad__a", "x = 1\n");
        var legacy = (await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_bad" }, password = "right", note = "N", format = "legacy" })).Content;
        var sealed_ = (await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_bad" }, password = "right", note = "N" })).Content;
        var plain = (await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_bad" }, password = "", note = "N" })).Content;
        var flipped = sealed_.ToArray();
        flipped[^1] ^= 1;
        var damaged = plain.ToArray();
        damaged.AsSpan(35, 40).Fill(0xAA);
        var altered = LegacyPackage.Zip(CompressionLevel.NoCompression, ("manifest.json", Manifest("pkg_bad").ToJsonString()), ("scripts/pkg_bad__a.py", "answer = 41\n"));
        altered[altered.AsSpan().IndexOf("answer = 41"u8) + 10] = (byte)'2';
        foreach (var (file, password, what) in new (byte[], string, string)[]
        {
            (legacy, "wrong", "wrong password of the old format"), (legacy, "", "no password"), (legacy[..^24], "right", "the end is missing"), (legacy[..1], "right", "one byte"),
            (sealed_, "wrong", "wrong password of ours"), (sealed_, "", "no password of ours"), (sealed_[..^1], "right", "cut"), (sealed_[..20], "right", "only the head"), (flipped, "right", "one bit"),
            (plain[..(plain.Length / 2)], "", "half of a zip"), (damaged, "", "a damaged zip"), (altered, "", "code that is still text"), ([], "", "empty"), (RandomNumberGenerator.GetBytes(5000), "", "noise"),
            (LegacyPackage.Seal(Encoding.UTF8.GetBytes("no zip"), "right"), "right", "no zip inside"), (LegacyPackage.Seal(LegacyPackage.Zip(("dataflux-func.json", "{")), ""), "", "no JSON inside"),
            (LegacyPackage.Seal(LegacyPackage.Zip(("other.json", "{}")), ""), "", "another entry"), (LegacyPackage.Seal(LegacyPackage.Zip(("dataflux-func.json", "[]")), ""), "", "no object"),
            (LegacyPackage.Zip(("manifest.json", "{}")), "", "a zip of something else"),
        })
        {
            var refused = await RefusedAsync(() => ImportAsync(file, password));
            refused.Reason.Should().Be("EBizCondition.InvalidPassword", what);
        }
    }

    [Fact]
    public async Task Rows_that_lie_are_refused_by_their_names()
    {
        foreach (var (change, field) in new (Action<JsonObject>, string)[]
        {
            (package => package["scripts"]![0]!["id"] = "../../etc/passwd", "files:scripts[0].id"),
            (package => package["scripts"]![0]!["id"] = "pkg_other__a", "files:scripts[0].id"),
            (package => package["scripts"]![0]!["scriptSetId"] = "pkg_other", "files:scripts[0].scriptSetId"),
            (package => package["scripts"]![0]!["type"] = "markdown", "files:scripts[0].type"),
            (package => package["scripts"]![0]!["publishVersion"] = -1, "files:scripts[0].publishVersion"),
            (package => package["scripts"]![0]!["publishVersion"] = 2147483647, "files:scripts[0].publishVersion"),
            (package => package["scripts"]![0]!["title"] = 7, "files:scripts[0].title"),
            (package => package["scripts"]!.AsArray().Add(package["scripts"]![0]!.DeepClone()), "files:scripts"),
            (package => package["scriptSets"]![0]!["id"] = "a__b", "files:scriptSets[0].id"),
            (package => package["scriptSets"]![0]!["title"] = new string('x', 300), "files:scriptSets[0].title"),
            (package => package["scriptSets"] = "x", "files:scriptSets"),
            (package => package["scriptSets"] = new JsonArray(1), "files:scriptSets[0]"),
            (package => package["funcs"]![0]!["name"] = "f()", "files:funcs[0].name"),
            (package => package["funcs"]![0]!["scriptId"] = "sample__x", "files:funcs[0].scriptId"),
            (package => package["funcs"]![0]!["extraConfigJSON"] = new JsonObject { ["timeout"] = 1e9 }, "files:funcs[0].extraConfigJSON.timeout"),
            (package => package["funcs"]![0]!["extraConfigJSON"] = new JsonObject { ["queue"] = 0.5 }, "files:funcs[0].extraConfigJSON.queue"),
            (package => package["funcs"]![0]!["extraConfigJSON"] = "[", "files:funcs[0].extraConfigJSON"),
            (package => package["funcs"]![0]!["kwargsJSON"] = new JsonObject { ["x"] = 1 }, "files:funcs[0].kwargsJSON"),
            (package => package["parts"] = new JsonObject { ["spaceships"] = new JsonArray() }, "files:parts.spaceships"),
            (package => package["parts"] = new JsonObject { ["envVariables"] = new JsonArray(new JsonObject { ["id"] = "e", ["valueTEXT"] = "x", ["autoTypeCasting"] = "integer" }) }, "files:envVariables[0].valueTEXT"),
            (package => package["parts"] = new JsonObject { ["envVariables"] = new JsonArray(new JsonObject { ["id"] = "é" }) }, "files:envVariables[0].id"),
            (package => package["parts"] = new JsonObject { ["batches"] = new JsonArray(Link("bat-x", "pkg_lies__a.f"), Link("bat-x", "pkg_lies__a.f")) }, "files:batches"),
            (package => package["parts"] = new JsonObject { ["authLinks"] = new JsonArray(Link("x", "pkg_lies__a.f"), Link("auln-x", "pkg_lies__a.f")) }, "files:authLinks[0].id"),
            (package => package["parts"] = new JsonObject { ["crontabConfigs"] = new JsonArray(Link("cron-x", "pkg_lies__a.f")) }, "files:crontabConfigs[0].crontab"),
            (package => package["parts"] = new JsonObject { ["crontabConfigs"] = new JsonArray(Link("cron-x", "pkg_lies__a.f", ("crontab", "61 * * * *"))) }, "files:crontabConfigs[0].crontab"),
            (package => package["version"] = 99, "files:version"),
        })
        {
            var manifest = Manifest("pkg_lies");
            change(manifest);
            var refused = await RefusedAsync(() => ImportAsync(Own(manifest, "../scripts/pkg_lies__a.py", "scripts/../../../../tmp/evil.py"), null));
            (refused.Status, (string?)refused.Json["detail"]?["field"]).Should().Be((HttpStatusCode.BadRequest, field), refused.Text);
        }

        var missing = await RefusedAsync(() => ImportAsync(LegacyPackage.Zip(("manifest.json", Manifest("pkg_lies").ToJsonString()), ("../scripts/pkg_lies__a.py", "x = 1")), null));
        ((string?)missing.Json["detail"]!["field"]).Should().Be("files:scripts[0].id", "a name that leads elsewhere is not that of the script");
    }

    [Fact]
    public async Task A_bomb_is_refused_before_it_fills_the_memory()
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("dataflux-func.json").Open();
            var zeros = new byte[1024 * 1024];
            for (var megabyte = 0; megabyte < 300; megabyte++) entry.Write(zeros);
        }

        var honest = packed.ToArray();
        var lying = honest.ToArray();
        // The directory says that it is small; what comes out is counted.
        BitConverter.TryWriteBytes(lying.AsSpan(lying.AsSpan().IndexOf("PK\u0001\u0002"u8) + 24), 100u);
        var many = LegacyPackage.Zip([.. Enumerable.Range(0, 20_001).Select(number => ($"{number}", ""))]);
        foreach (var bomb in (byte[][])[honest, LegacyPackage.Seal(honest, ""), many])
        {
            var refused = await RefusedAsync(() => ImportAsync(bomb, null));
            (refused.Status, refused.Reason).Should().Be((HttpStatusCode.RequestEntityTooLarge, "EClientBadRequest"), refused.Text);
        }

        var lie = await RefusedAsync(() => ImportAsync(LegacyPackage.Seal(lying, ""), null));
        lie.Reason.Should().BeOneOf("EClientBadRequest", "EBizCondition.InvalidPassword");
        var large = await RefusedAsync(() => ImportAsync(new byte[(64 * 1024 * 1024) + 1], null));
        large.Status.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Requests_that_are_not_as_they_should_be_name_what_is_wrong()
    {
        var file = Own(Manifest("pkg_form"));
        foreach (var (answer, field) in new (ApiAnswer, string)[]
        {
            (await _api.PostAsync(Import, new { }), "body"),
            (await _api.UploadAsync(Import, file, fileField: "file"), "file"),
            (await _api.UploadAsync(Import, file, new Dictionary<string, string> { ["nope"] = "1" }), "nope"),
            (await _api.UploadAsync(Import, file, new Dictionary<string, string> { ["checkOnly"] = "perhaps" }), "checkOnly"),
            (await _api.PostAsync(Export, new { scriptSetIds = Array.Empty<string>(), password = "", note = "N" }), "scriptSetIds"),
            (await _api.PostAsync(Export, new { password = "", note = "N" }), "scriptSetIds"),
            (await _api.PostAsync(Export, new { scriptSetIds = new[] { "x" }, note = "N" }), "password"),
            (await _api.PostAsync(Export, new { scriptSetIds = new[] { "x" }, password = new string('x', 25), note = "N" }), "password"),
            (await _api.PostAsync(Export, new { scriptSetIds = new[] { "x" }, password = "", note = "" }), "note"),
            (await _api.PostAsync(Export, new { scriptSetIds = new[] { "x" }, password = "", note = "N", format = "zip" }), "format"),
            (await _api.PostAsync(Confirm, new { }), "confirmId"),
        })
        {
            (answer.Status, (string?)answer.Json["detail"]?["field"]).Should().Be((HttpStatusCode.BadRequest, field), answer.Text);
        }

        (await _api.PostAsync(Export, new { scriptSetIds = new[] { "pkg_nowhere" }, password = "", note = "N" })).Reason.Should().Be("EClientNotFound");
        (await _api.PostAsync(Confirm, new { confirmId = "import-nothing" })).Reason.Should().Be("EBizCondition.ConfirmingImportTimeout");
        var cut = new HttpRequestMessage(HttpMethod.Post, Import) { Content = new ByteArrayContent("--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"f\"\r\n\r\nabc"u8.ToArray()) };
        cut.Content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        (await _api.SendAsync(cut)).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task An_SDK_uploads_with_a_signed_form(string version)
    {
        var key = await AccessKey.AddAsync(_api, $"pkg {version}");
        var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(LegacyPackage.Write(Package($"pkg_sdk_{version}", ("a", 1, "x = 1\n", [])), "p")), "files", "x.func-pkg" },
            { new StringContent("p"), "password" }, { new StringContent("true"), "checkOnly" },
        };
        var request = key.Sign(HttpMethod.Post, Import, await form.ReadAsByteArrayAsync(), version);
        request.Content = form;
        using var client = _api.Stranger();

        var check = (await client.SendAsync(request)).RequireOk().Data!;

        var confirm = key.Sign(HttpMethod.Post, Confirm, $$"""{"confirmId":"{{check["confirmId"]}}"}""", version);
        (await client.SendAsync(confirm)).RequireOk();
        (await _api.GetAsync($"/api/v1/scripts/pkg_sdk_{version}__a/do/get")).RequireOk();
    }

    [Fact]
    public async Task Passwords_and_values_stay_out_of_the_records()
    {
        const string Secret = "a-most-secret-password";
        await _api.PublishAsync("pkg_records__a", "x = 1\n");
        (await _api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "pkg_records", valueTEXT = "a-value-nobody-sees" } })).RequireOk();
        var (_, file) = await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_records" }, password = Secret, note = "recorded", envVariableIds = new[] { "pkg_records" } });
        (await ImportAsync(file, Secret)).RequireOk();
        foreach (var route in (string[])[":export", ":import"])
        {
            var path = Uri.EscapeDataString($"/api/v1/script-sets/do/{route[1..]}");
            await Eventually.TrueAsync(async () => (await _api.GetAsync($"/api/v1/operation-records/do/list?reqRoute={path}&_fuzzySearch=script-sets&pageSize=100")).RequireOk().Text is { } text && text.Contains("********", StringComparison.Ordinal), "it is recorded");
            var records = (await _api.GetAsync($"/api/v1/operation-records/do/list?reqRoute={path}&noPage=true")).RequireOk().Text;
            records.Should().NotContain(Secret).And.NotContain("a-value-nobody-sees");
        }

        (await _api.GetAsync("/api/v1/script-set-export-history/do/list?_fuzzySearch=recorded")).RequireOk().Data!.AsArray().Should().ContainSingle()
            .Which!["summaryJSON"]!["scriptSets"]![0]!["id"]!.GetValue<string>().Should().Be("pkg_records");
        (await _api.GetAsync("/api/v1/script-set-export-history/do/list?export=csv&_fuzzySearch=recorded")).RequireOk().Text.Should().StartWith("seq,id,note,summaryJSON");
    }

    [Fact]
    public async Task Five_hundred_scripts_come_and_go_as_one()
    {
        (string Name, int Version, string Code, string[] Functions)[] Scripts(string result) =>
            [.. Enumerable.Range(0, 500).Select(number => ($"s{number}", 1, $"@DFF.API('F')\ndef f():\n    return '{result} {number}'\n", new[] { "f" }))];
        (await ImportAsync(LegacyPackage.Write(Package("pkg_many", Scripts("first")), ""), null)).RequireOk();
        var (_, file) = await _api.DownloadAsync(Export, new { scriptSetIds = new[] { "pkg_many" }, password = "many", note = "N" });
        (await ImportAsync(LegacyPackage.Write(Package("pkg_many", Scripts("second")), ""), null)).RequireOk();
        foreach (var number in (int[])[0, 250, 499]) ((string?)(await _api.CallAsync($"pkg_many__s{number}.f")).RequireOk().Data!["result"]).Should().Be($"second {number}");

        var back = (await ImportAsync(file, "many")).RequireOk().Data!;

        back["diff"]!["replace"]!.AsArray().Count.Should().Be(501);
        foreach (var number in (int[])[0, 250, 499]) ((string?)(await _api.CallAsync($"pkg_many__s{number}.f")).RequireOk().Data!["result"]).Should().Be($"first {number}");
        ((int)(await _api.GetAsync("/api/v1/funcs/do/list?scriptSetId=pkg_many")).RequireOk().Json["pageInfo"]!["totalCount"]!).Should().Be(500);
        (await _api.GetAsync("/api/v1/script-sets/pkg_many/do/delete")).RequireOk();
    }

    internal static JsonObject Package(string set, params (string Name, int Version, string Code, string[] Functions)[] scripts) => new()
    {
        ["scriptSets"] = new JsonArray(new JsonObject { ["id"] = set, ["title"] = "Original", ["description"] = null }),
        ["scripts"] = new JsonArray([.. scripts.Select(script => (JsonNode)new JsonObject
        {
            ["id"] = $"{set}__{script.Name}", ["scriptSetId"] = set, ["title"] = script.Name, ["description"] = null, ["publishVersion"] = script.Version, ["type"] = "python", ["code"] = script.Version > 0 ? script.Code : null,
        })]),
        ["funcs"] = new JsonArray([.. scripts.SelectMany(script => script.Functions.Select(function => (JsonNode)Function($"{set}__{script.Name}", function)))]),
        ["note"] = "From the original",
    };

    private static JsonObject Function(string scriptId, string name) => new()
    {
        ["id"] = $"{scriptId}.{name}",
        ["scriptSetId"] = scriptId[..scriptId.IndexOf("__", StringComparison.Ordinal)],
        ["scriptId"] = scriptId,
        ["name"] = name,
        ["title"] = "F",
        ["description"] = "",
        ["definition"] = $"{name}()",
        ["argsJSON"] = new JsonArray(),
        ["kwargsJSON"] = new JsonObject(),
        ["extraConfigJSON"] = new JsonObject { ["timeout"] = 20 },
        ["category"] = "general",
        ["integration"] = null,
        ["tagsJSON"] = new JsonArray(),
        ["defOrder"] = 0,
    };

    /// <summary>Of our format, with one published script.</summary>
    private static JsonObject Manifest(string set) => new()
    {
        ["format"] = "dff-package",
        ["version"] = 1,
        ["note"] = "N",
        ["scriptSets"] = new JsonArray(new JsonObject { ["id"] = set }),
        ["scripts"] = new JsonArray(new JsonObject { ["id"] = $"{set}__a", ["scriptSetId"] = set, ["publishVersion"] = 1, ["type"] = "python" }),
        ["funcs"] = new JsonArray(Function($"{set}__a", "f")),
        ["parts"] = new JsonObject(),
    };

    private static byte[] Own(JsonObject manifest, params string[] more) => LegacyPackage.Zip(
    [
        ("manifest.json", manifest.ToJsonString()),
        .. ((string[])["pkg_lies", "pkg_dangling", "pkg_form"]).Select(set => ($"scripts/{set}__a.py", "@DFF.API('F')\ndef f():\n    pass\n")),
        .. more.Select(name => (name, "evil = 1\n")),
    ]);

    private static JsonObject Link(string id, string funcId, params (string Field, string Value)[] more)
    {
        var row = new JsonObject { ["id"] = id, ["funcId"] = funcId, ["funcCallKwargsJSON"] = new JsonObject() };
        foreach (var (field, value) in more) row[field] = value;
        return row;
    }

    private Task<ApiAnswer> ImportAsync(byte[] file, string? password) =>
        _api.UploadAsync(Import, file, password is null ? null : new Dictionary<string, string> { ["password"] = password });

    /// <summary>It is refused, and afterwards everything is as it was.</summary>
    private async Task<ApiAnswer> RefusedAsync(Func<Task<ApiAnswer>> ask)
    {
        var before = await EverythingAsync();
        var answer = await ask();
        answer.IsOk.Should().BeFalse(answer.Text);
        ((int)answer.Status).Should().BeLessThan(500, answer.Text);
        (await EverythingAsync()).Should().Equal(before);
        return answer;
    }

    private async Task<IReadOnlyList<string>> EverythingAsync()
    {
        var texts = new List<string>();
        foreach (var list in (string[])["script-sets", "scripts", "funcs", "auth-links", "batches", "crontab-configs", "env-variables", "script-recover-points", "script-set-import-history"])
            texts.Add((await _api.GetAsync($"/api/v1/{list}/do/list?noPage=true&fieldKicking=func_argsJSON")).RequireOk().Data!.ToJsonString());
        return texts;
    }

    /// <summary>What packages carry of the records, whose times and numbers are their own.</summary>
    private async Task<IReadOnlyList<string>> PartsAsync()
    {
        var rows = new List<string>();
        foreach (var path in (string[])["auth-links/do/list?id=auln-pkg", "batches/do/list?id=bat-pkg", "crontab-configs/do/list?func_scriptSetId=pkg_parts&sort=id", "env-variables/do/list?id=pkg.number"])
        {
            foreach (var row in (await _api.GetAsync($"/api/v1/{path}&fieldKicking=seq,createTime,updateTime,scpt_publishVersion")).RequireOk().Data!.AsArray())
            {
                // Autorun configs are made anew by their functions.
                if ((string?)row!["origin"] != "INTEGRATION") rows.Add(row.ToJsonString(Readable));
            }
        }

        rows.Count.Should().Be(5);
        return rows;
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public sealed class OnSqlite(SqliteSilo silo) : PackageTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : PackageTests(silo);
}
