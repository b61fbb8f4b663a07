using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>The later generation's names reach the same records as the older ones.</summary>
public abstract class LaterNameTests(SiloUnderTest silo)
{
    private const string Code =
        """
        @DFF.API('F', tags=['later'])
        def f(x, y='d', **kwargs):
            return [x, y, kwargs]
        @DFF.API('Files')
        def read(files, x=None):
            return [[open(file['filePath'], 'rb').read().decode(), file['originalname'], file['mimetype'], file['size'], file['fieldname'], file['filePath']] for file in files] + [x]
        @DFF.API('Sum')
        def add(a, b=1):
            return a + b
        """;

    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task A_sync_API_is_an_auth_link()
    {
        var script = await PublishAsync();
        var id = await AddAsync("sync-apis", new { funcId = $"{script}.f", funcCallKwargsJSON = new Dictionary<string, string> { ["x"] = "INPUT_BY_CALLER", ["y"] = "fixed", ["**kwargs"] = "INPUT_BY_CALLER" }, tagsJSON = new[] { "a" } });
        id.Should().StartWith("auln-");

        foreach (var path in (string[])["sync", "al"])
        {
            foreach (var name in (string[])[id, id[5..]])
            {
                (await _api.GetAsync($"/api/v1/{path}/{name}?kwargs={Uri.EscapeDataString("""{"x":1,"z":2}""")}")).Text.Should().Be("""[1,"fixed",{"z":2}]""");
                (await _api.PostAsync($"/api/v1/{path}/{name}", new { kwargs = new { x = 3 }, options = new { returnType = "raw" } })).Text.Should().Be("""[3,"fixed",{}]""");
                (await _api.GetAsync($"/api/v1/{path}/{name}/simplified?x=a&more=b")).Text.Should().Be("""["a","fixed",{"more":"b"}]""");
                (await _api.PostAsync($"/api/v1/{path}/{name}/simplified", new { x = 1.5 })).Text.Should().Be("""[1.5,"fixed",{}]""");
                (await _api.GetAsync($"/api/v1/{path}/{name}/flattened?kwargs_x=1&options_timeout=5")).Text.Should().Be("""["1","fixed",{}]""");
            }
        }

        (await _api.GetAsync($"/api/v1/sync/{id}?kwargs={Uri.EscapeDataString("""{"x":[1]}""")}&options[returnType]=jsonDumps")).Text.Should().Contain("\n", "it is indented");
        var wrong = await _api.GetAsync($"/api/v1/sync/{id}?options[returnType]=xml");
        (wrong.Status, (string?)wrong.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, "options.returnType"));
        foreach (var path in (string[])["sync-apis", "auth-links"]) ((string?)(await ListAsync($"{path}/do/list?id=none,{id}&funcId={script}.f&tags=a&func_tags=later")).Single()!["id"]).Should().Be(id);
        (await ListAsync($"sync-apis/do/list?id={id}&originId=x")).Should().BeEmpty();
        (await _api.PostAsync($"/api/v1/sync-apis/{id}/do/modify", new { data = new { isDisabled = true } })).RequireOk();
        (await _api.GetAsync($"/api/v1/al/{id}")).Reason.Should().Be("EBizCondition.AuthLinkDisabled");
        (await _api.GetAsync($"/api/v1/sync-apis/{id}/do/delete")).RequireOk();
        (await _api.GetAsync($"/api/v1/al/{id}")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_async_API_is_a_batch()
    {
        var script = await PublishAsync();
        var id = await AddAsync("async-apis", new { funcId = $"{script}.add", funcCallKwargsJSON = new { a = "INPUT_BY_CALLER" } });
        id.Should().StartWith("bat-");

        foreach (var path in (string[])["async", "bat"])
        {
            (await ResultAsync(await _api.GetAsync($"/api/v1/{path}/{id[4..]}?kwargs={Uri.EscapeDataString("""{"a":1}""")}"))).Should().Be("2");
            (await ResultAsync(await _api.PostAsync($"/api/v1/{path}/{id}", new { kwargs = new { a = 2 } }))).Should().Be("3");
            (await ResultAsync(await _api.PostAsync($"/api/v1/{path}/{id}/simplified", new { a = 3 }))).Should().Be("4");
        }

        ((string?)(await ListAsync($"async-apis/do/list?id={id}")).Single()!["funcId"]).Should().Be($"{script}.add");
        (await _api.PostAsync($"/api/v1/async-apis/{id}/do/modify", new { data = new { funcCallKwargsJSON = new { a = 9 } } })).RequireOk();
        (await ResultAsync(await _api.GetAsync($"/api/v1/bat/{id}"))).Should().Be("10");
        (await _api.GetAsync($"/api/v1/async-apis/{id}/do/delete")).RequireOk();
        (await _api.GetAsync($"/api/v1/bat/{id}")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_cron_job_is_a_crontab_config_whose_expression_has_another_name()
    {
        var script = await PublishAsync();
        var id = await AddAsync("cron-jobs", new { funcId = $"{script}.add", funcCallKwargsJSON = new { a = 1 }, cronExpr = "0 0 1 1 *", scope = (string?)null, taskRecordLimit = 5 });

        foreach (var path in (string[])["cron-jobs", "crontab-configs"])
        {
            var row = (await ListAsync($"{path}/do/list?id={id}")).Single()!;
            ((string?)row["cronExpr"], (string?)row["crontab"], (string?)row["scope"], (int)row["taskRecordLimit"]!).Should().Be(("0 0 1 1 *", "0 0 1 1 *", "GLOBAL", 5));
        }

        (await _api.PostAsync($"/api/v1/cron-jobs/{id}/do/modify", new { data = new { cronExpr = "0 0 2 1 *" } })).RequireOk();
        var task = (string)(await _api.PostAsync($"/api/v1/cron/{id}", new { })).RequireOk().Data!["taskId"]!;
        (await _api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk();
        ((string?)(await ListAsync($"cron-jobs/{id}/recent-triggered/do/list")).Single()!["id"]).Should().Be(task);
        foreach (var (path, body, field) in ((string, object, string)[])
                 [("cron-jobs", new { cronExpr = "61 * * * *" }, "data.cronExpr"), ("cron-jobs", new { crontab = "* * * * *" }, "data.crontab"), ("crontab-configs", new { cronExpr = "* * * * *" }, "data.cronExpr")])
        {
            var refused = await _api.PostAsync($"/api/v1/{path}/{id}/do/modify", new { data = body });
            (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, field), refused.Text);
            ((string)refused.Json["message"]!).Should().StartWith(field);
        }

        (await _api.GetAsync($"/api/v1/cron-jobs/{id}/do/delete")).RequireOk();
        (await ListAsync($"crontab-configs/do/list?id={id}")).Should().BeEmpty();
    }

    [Fact]
    public async Task Scripts_are_found_by_their_name_in_the_set()
    {
        var script = await PublishAsync();
        var (set, name) = (script[..script.IndexOf("__", StringComparison.Ordinal)], script[(script.IndexOf("__", StringComparison.Ordinal) + 2)..]);

        (await ListAsync($"scripts/do/list?scriptSetId={set}&scriptName={name}")).Select(row => (string?)row!["id"]).Should().Equal(script);
        (await ListAsync($"scripts/do/list?scriptSetId={set}&scriptName={name}x")).Should().BeEmpty();
        var picked = (await ListAsync($"scripts/do/list?scriptSetId={set}&fieldPicking=id,code")).Single()!;
        ((string?)picked["code"], picked.AsObject().Count).Should().Be((Code, 2), "who picks the code gets it");
    }

    [Fact]
    public async Task A_script_set_is_cloned_with_its_drafts_and_what_is_published()
    {
        var set = $"cl_{Guid.NewGuid():N}"[..20];
        await _api.PublishAsync($"{set}__b", "def v():\n    return 1\n");
        await _api.PublishAsync($"{set}__a", "import __b\n@DFF.API('F')\ndef f():\n    return [__b.v(), _DFF_SCRIPT_ID]\n");
        (await _api.PostAsync($"/api/v1/scripts/{set}__b/do/modify", new { data = new { codeDraft = "def v():\n    return 2\n" } })).RequireOk();
        (await _api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = $"{set}__draft", codeDraft = "x = 1\n", title = "Only a draft" } })).RequireOk();

        ((string?)(await _api.PostAsync($"/api/v1/script-sets/{set}/do/clone", new { newId = $"{set}_2" })).RequireOk().Data!["id"]).Should().Be($"{set}_2");

        (await _api.CallAsync($"{set}_2__a.f")).RequireOk().Data!["result"]!.ToJsonString().Should().Be($"[1,\"{set}_2__a\"]");
        (await _api.PostAsync($"/api/v1/scripts/{set}_2__b/do/publish", new { })).RequireOk();
        ((int)(await _api.CallAsync($"{set}_2__a.f")).RequireOk().Data!["result"]![0]!).Should().Be(2, "the draft came along");
        ((int)(await _api.CallAsync($"{set}__a.f")).RequireOk().Data!["result"]![0]!).Should().Be(1, "the other set is untouched");
        var scripts = await ListAsync($"scripts/do/list?scriptSetId={set}_2&sort=id");
        scripts.Select(row => ((string?)row!["id"], (int)row["publishVersion"]!)).Should().Equal(($"{set}_2__a", 1), ($"{set}_2__b", 2), ($"{set}_2__draft", 0));
        (await _api.PostAsync($"/api/v1/script-sets/{set}/do/clone", new { newId = $"{set}_2" })).Reason.Should().Be("EBizCondition.DuplicatedScriptSetID");
        (await _api.PostAsync($"/api/v1/script-sets/{set}_none/do/clone", new { newId = $"{set}_3" })).Status.Should().Be(HttpStatusCode.NotFound);
        foreach (var newId in (string[])["a__b", $"{set}_", "", "1a", new string('a', 61)])
        {
            var wrong = await _api.PostAsync($"/api/v1/script-sets/{set}/do/clone", new { newId });
            (wrong.Status, (string?)wrong.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, "newId"), newId);
        }

        (await ListAsync($"script-sets/do/list?id={set}_")).Should().BeEmpty();
    }

    [Fact]
    public async Task Finished_tasks_are_recorded()
    {
        var set = $"records_{Guid.NewGuid():N}";
        var script = $"{set}__a";
        await _api.PublishAsync(script, $"@DFF.API('F')\ndef f():\n    return 1\n@DFF.API('Bad')\ndef bad():\n    raise ValueError('why not')\n@DFF.API('Starts')\ndef starts():\n    return DFF.FUNC('{script}.f')\n");
        async Task<string> QueueAsync(string function, object? options = null) =>
            (string)(await _api.PostAsync("/api/v1/func-many", new { calls = new[] { new { funcId = $"{script}.{function}", options = options ?? new { } } } })).RequireOk().Data![0]!["taskId"]!;
        async Task<IEnumerable<string>> IdsAsync(string query, string path = "task-records/func") => (await ListAsync($"{path}/do/list?{query}")).Select(row => (string)row!["id"]!);

        var (good, bad, starting) = (await QueueAsync("f"), await QueueAsync("bad"), await QueueAsync("starts"));
        var started = (string)(await _api.GetAsync($"/api/v1/func-result?taskId={starting}&wait=60")).RequireOk().Data!["result"]!;
        foreach (var task in (string[])[good, bad, started]) (await _api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk();
        var cancelled = await QueueAsync("f", new { delay = 1000 });
        (await IdsAsync($"id={cancelled}")).Should().BeEmpty("it has not finished");
        (await _api.PostAsync($"/api/v1/tasks/{cancelled}/do/cancel", new { })).RequireOk();

        (await IdsAsync($"scriptId={script}")).Should().BeEquivalentTo(good, bad, starting, started, cancelled);
        (await IdsAsync($"scriptSetId={set}&status=success")).Should().BeEquivalentTo(good, starting, started);
        (await IdsAsync($"funcId={script}.f&status=skip")).Should().Equal(cancelled);
        (await IdsAsync($"scriptId={script}&status=failure&origin=direct")).Should().Equal(bad);
        (await IdsAsync($"rootTaskId={starting}")).Should().Equal(started, starting);
        (await IdsAsync($"rootTaskId={good}")).Should().Equal(good);
        (await IdsAsync($"scriptSetId={set}x")).Should().BeEmpty();
        (await IdsAsync($"name={script}.bad&queue=9&status=failure", "task-records")).Should().Equal(bad);
        var row = (await ListAsync($"task-records/func/do/list?id={bad}")).Single()!;
        ((string?)row["funcId"], (string?)row["status"], (int)row["queue"]!, (string?)row["einfoTEXT"], (string?)row["func_title"]).Should().Be(($"{script}.bad", "failure", 9, "raise ValueError('why not')\nValueError: why not", "Bad"));
        var counts = (await _api.GetAsync($"/api/v1/task-records/func/do/get-count?groupField=funcId&groupIds={script}.f,{script}.none")).RequireOk().Data!;
        counts.ToJsonString().Should().Be($$"""[{"id":"{{script}}.f","count":3},{"id":"{{script}}.none","count":0}]""");
        (await _api.GetAsync("/api/v1/task-records/func/do/get-count?groupField=id&groupIds=a")).Status.Should().Be(HttpStatusCode.BadRequest);
        (await _api.GetAsync("/api/v1/task-records/func/do/get-count?groupField=funcId")).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Stored_values_are_listed_read_and_deleted()
    {
        var script = $"stored_{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, "@DFF.API('F')\ndef f():\n    DFF.STORE.set('k/é', {'a': [1.5]})\n    DFF.STORE.set('later', 1, expire=1000)\n    DFF.STORE.set('gone', 1, expire=0.001)\n@DFF.API('G')\ndef g():\n    return DFF.STORE('k/é')\n");
        (await _api.CallAsync($"{script}.f")).RequireOk();

        await Eventually.TrueAsync(async () => (await ListAsync($"func-stores/do/list?scope={script}")).Count == 2, "one has expired");
        var rows = await ListAsync($"func-stores/do/list?scope={script}&sort=key");
        rows.Select(row => (string?)row!["key"]).Should().Equal("k/é", "later");
        (rows[0]!["valueJSON"]!.ToJsonString(), rows[0]!["expireAt"]).Should().Be(("{\"a\":[1.5]}", null));
        ((long)rows[1]!["expireAt"]!).Should().BeCloseTo(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1000, 500);
        var id = (string)rows[0]!["id"]!;
        (await ListAsync($"func-stores/do/list?id={id},none&key={Uri.EscapeDataString("k/é")}")).Should().ContainSingle();
        (await ListAsync($"func-stores/do/list?_fuzzySearch={Uri.EscapeDataString("K/É")}&scope={script}")).Should().ContainSingle();
        ((string?)(await _api.GetAsync($"/api/v1/func-stores/{id}/do/get")).RequireOk().Data!["scope"]).Should().Be(script);
        (await _api.GetAsync($"/api/v1/func-stores/{id}/do/delete")).RequireOk();
        (await _api.CallAsync($"{script}.g")).RequireOk().Data!["result"].Should().BeNull();
        foreach (var unknown in (string[])[id, "fnst-x", "none"])
            foreach (var what in (string[])["get", "delete"])
                (await _api.GetAsync($"/api/v1/func-stores/{unknown}/do/{what}")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Files_of_a_form_can_be_read_while_the_function_runs_and_are_gone_after_a_synchronous_call()
    {
        var script = await PublishAsync();
        var (sync, queued) = (
            await AddAsync("sync-apis", new { funcId = $"{script}.read", funcCallKwargsJSON = new { files = "INPUT_BY_CALLER", x = "INPUT_BY_CALLER" } }),
            await AddAsync("async-apis", new { funcId = $"{script}.read", funcCallKwargsJSON = new { files = "INPUT_BY_CALLER", x = "INPUT_BY_CALLER" } }));

        var answer = (await SendFormAsync($"/api/v1/sync/{sync}/simplified", "x")).RequireOk().Json;

        ((string?)answer[0]![0], (string?)answer[0]![1], (string?)answer[0]![2], (int)answer[0]![3]!, (string?)answer[0]![4]).Should().Be(("a,b\n1,é", "../../t é.csv", "text/csv", 8, "files"));
        ((string?)answer[1]![0], (string?)answer[1]![2], (string?)answer[1]![4], (string?)answer[2]).Should().Be(("second", "application/octet-stream", "other", "text"));
        var path = (string)answer[0]![5]!;
        path.Should().EndWith(".csv");
        Path.GetFullPath(path).Should().Be(path, "nothing of the caller's name is a path").And.Contain("/resources/_uploads/");
        File.Exists(path).Should().BeFalse();
        ((string?)(await SendFormAsync($"/api/v1/sync/{sync}/flattened", "kwargs_x")).RequireOk().Json[2]).Should().Be("text");
        ((string?)(await SendFormAsync($"/api/v1/sync/{sync}", "kwargs", """{"x":"text"}""")).RequireOk().Json[2]).Should().Be("text");
        ((string?)(await SendFormAsync($"/api/v1/sync/{sync}", "kwargs", """{"files":1}""")).Json["detail"]!["field"]).Should().Be("kwargs.files");
        ((string?)(await SendFormAsync($"/api/v1/sync/{sync}", "kwargs", "no JSON")).Json["detail"]!["field"]).Should().Be("kwargs");
        ((string?)(await SendFormAsync($"/api/v1/sync/{sync}", "other")).Json["detail"]!["field"]).Should().Be("other");
        var result = JsonNode.Parse(await ResultAsync(await SendFormAsync($"/api/v1/async/{queued}/simplified", "x")))!;
        ((string?)result[0]![0], (string?)result[1]![0]).Should().Be(("a,b\n1,é", "second"));
        File.Exists((string)result[0]![5]!).Should().BeTrue("a task may run again");
    }

    [Fact]
    public async Task A_form_that_is_none_or_that_nobody_takes_leaves_no_file()
    {
        var script = await PublishAsync();
        var id = await AddAsync("sync-apis", new { funcId = $"{script}.add", funcCallKwargsJSON = new { a = 1 } });
        var taking = await AddAsync("sync-apis", new { funcId = $"{script}.read", funcCallKwargsJSON = new { files = "INPUT_BY_CALLER", x = 1 } });
        var before = UploadsOf();

        (string, string)[] bad = [("body", "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a\"\r\n\r\nno end"), ("body", "nothing of the kind")];
        foreach (var (field, body) in bad)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sync/{taking}/simplified") { Content = new StringContent(body) };
            request.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
            var refused = await _api.SendAsync(request);
            (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, field), refused.Text);
        }

        var notTaken = await SendFormAsync($"/api/v1/sync/{id}/simplified", "a");
        notTaken.Status.Should().Be(HttpStatusCode.BadRequest, notTaken.Text);
        UploadsOf().Should().BeEquivalentTo(before);

        string[] UploadsOf() => Directory.Exists(Path.Combine(silo.DataDirectory, "resources", "_uploads")) ? Directory.GetDirectories(Path.Combine(silo.DataDirectory, "resources", "_uploads")) : [];
    }

    [Fact]
    public async Task Many_calls_are_queued_at_once_or_none_of_them()
    {
        var script = await PublishAsync();

        var answer = (await _api.PostAsync("/api/v1/func-many", new { calls = new object[] { new { funcId = $"{script}.add", kwargs = new { a = 1 } }, new { funcId = $"{script}.add", kwargs = new { a = 2, b = 3 }, options = new { delay = 1 } } } })).RequireOk();

        var results = new List<string>();
        foreach (var call in answer.Data!.AsArray()) results.Add((await _api.GetAsync($"/api/v1/func-result?taskId={call!["taskId"]}&wait=60")).RequireOk().Data!["result"]!.ToJsonString());
        results.Should().Equal("2", "5");
        foreach (var (call, field) in ((object, string)[])
                 [
                     (new { funcId = $"{script}.none" }, "calls[1].funcId"), (new { funcId = $"{script}.add", kwargs = 1 }, "calls[1].kwargs"), (new { funcId = $"{script}.add", options = new { delay = 0 } }, "calls[1].options.delay"),
                     (new { funcId = $"{script}.add", options = new { execMode = "sync" } }, "options.execMode"), (new { }, "calls[1].funcId"),
                 ])
        {
            var refused = await _api.PostAsync("/api/v1/func-many", new { calls = new object[] { new { funcId = $"{script}.add", kwargs = new { a = 1 }, options = new { taskId = $"many-{script}" } }, call } });
            ((int)refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Match<(int Status, string? Field)>(outcome => (outcome.Status == 400 || outcome.Status == 404) && outcome.Field == field, refused.Text);
        }

        (await _api.GetAsync($"/api/v1/func-result?taskId=many-{script}")).Status.Should().Be(HttpStatusCode.NotFound, "nothing was queued");
        (await _api.PostAsync("/api/v1/func-many", new { calls = Array.Empty<object>() })).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Script_sets_are_listed_with_their_scripts_where_these_are_asked_for()
    {
        var script = await PublishAsync();
        var set = script[..script.IndexOf("__", StringComparison.Ordinal)];

        (await ListAsync($"script-sets/do/list?id={set}")).Single()!.AsObject().ContainsKey("scripts").Should().BeFalse();
        var with = (await ListAsync($"script-sets/do/list?id={set}&_withScripts=true")).Single()!["scripts"]!.AsArray().Single()!;
        ((string?)with["id"], with["code"]).Should().Be((script, null));
        var withCode = (await ListAsync($"script-sets/do/list?id={set}&_withScripts=true&_withScriptCode=true")).Single()!["scripts"]![0]!;
        ((string?)withCode["code"], withCode["codeDraft"]).Should().Be((Code, null));
    }

    private async Task<ApiAnswer> SendFormAsync(string path, string field, string text = "text")
    {
        var first = new StringContent("a,b\n1,é", System.Text.Encoding.UTF8, "text/csv");
        first.Headers.ContentType!.CharSet = null;
        var second = new ByteArrayContent("second"u8.ToArray());
        using var form = new MultipartFormDataContent { { new StringContent(text), field } };
        form.Add(first, "files", "../../t é.csv");
        form.Add(second, "other", "second");
        return await _api.SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = form });
    }

    private async Task<string> AddAsync(string path, object data) => (string)(await _api.PostAsync($"/api/v1/{path}/do/add", new { data })).RequireOk().Data!["id"]!;

    private async Task<JsonArray> ListAsync(string path) => (await _api.GetAsync($"/api/v1/{path}")).RequireOk().Data!.AsArray();

    private async Task<string> ResultAsync(ApiAnswer queued) =>
        (await _api.GetAsync($"/api/v1/func-result?taskId={queued.RequireOk().Data!["taskId"]}&wait=60")).RequireOk().Data!["result"]!.ToJsonString();

    private async Task<string> PublishAsync()
    {
        var script = $"later_{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        return script;
    }

    public sealed class OnSqlite(SqliteSilo silo) : LaterNameTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : LaterNameTests(silo);
}
