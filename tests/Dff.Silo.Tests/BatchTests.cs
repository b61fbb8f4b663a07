using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Batches: their records, calls through them, and the tasks that these queue.</summary>
public abstract class BatchTests(SiloUnderTest silo)
{
    private const string Code =
        """
        @DFF.API('F', tags=['math'])
        def f(x, y='d', z=None):
            print('called with', x)
            return [x, y, z]
        @DFF.API('Who')
        def who():
            return [_DFF_TASK_ID, _DFF_EXEC_MODE, _DFF_ORIGIN, _DFF_ORIGIN_ID, _DFF_QUEUE, _DFF_HTTP_REQUEST['method']]
        @DFF.API('Fourth', queue=4)
        def fourth():
            return _DFF_QUEUE
        @DFF.API('Fail', timeout=7)
        def fail():
            print('before')
            return 1 / 0
        """;

    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task A_batch_queues_calls_in_all_forms()
    {
        var (script, batch) = (await PublishAsync(), NewId());
        await AddAsync($"bat-{batch}", $"{script}.f", new { x = "FROM_PARAMETER", y = "fixed", z = "INPUT_BY_CALLER" });
        var form = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/bat/{batch}/simplified") { Content = new FormUrlEncodedContent([new("x", "form")]) };
        using var stranger = new ApiClient(_api.Http.BaseAddress!);

        (string Result, ApiAnswer Answer)[] calls =
        [
            ("""[1,"fixed",null]""", await stranger.PostAsync($"/api/v1/bat/bat-{batch}", new { kwargs = new { x = 1 } })),
            ("""[2,"fixed",[3]]""", await stranger.GetAsync($"/api/v1/bat/{batch}?kwargs={Uri.EscapeDataString("""{"x":2,"z":[3]}""")}&options={Uri.EscapeDataString("""{"priority":9}""")}")),
            ("""["a","fixed","b"]""", await stranger.GetAsync($"/api/v1/bat/{batch}/simplified?x=a&z=b")),
            ("""["a","fixed",null]""", await stranger.GetAsync($"/api/v1/bat/{batch}/flattened?kwargs_x=a&options_timeout=5")),
            ("""[1.5,"fixed",null]""", await stranger.PostAsync($"/api/v1/bat/{batch}/simplified", new { x = 1.5 })),
            ("""[true,"fixed",null]""", await stranger.PostAsync($"/api/v1/bat/{batch}/flattened", new { kwargs_x = true, options_execMode = "async" })),
            ("""["form","fixed",null]""", await stranger.SendAsync(form)),
        ];

        foreach (var (result, answer) in calls)
        {
            var data = answer.RequireOk().Data!;
            data["resultURL"].Should().BeNull("the result is not saved");
            (await ResultAsync((string)data["taskId"]!))["result"]!.ToJsonString().Should().Be(result);
        }

        (await ListAsync($"batch-task-info/do/list?batchId=bat-{batch}")).Count.Should().Be(calls.Length);
    }

    [Fact]
    public async Task A_saved_result_is_found_at_the_URL_that_is_answered()
    {
        var (script, batch) = (await PublishAsync(), NewId());
        await AddAsync(batch, $"{script}.who");

        var data = (await _api.PostAsync($"/api/v1/bat/{batch}", new { options = new { saveResult = true } })).RequireOk().Data!;

        await ResultAsync((string)data["taskId"]!);
        var result = (await _api.GetAsync((string)data["resultURL"]!)).RequireOk().Data!["result"]!;
        result.ToJsonString().Should().Be($"""["{data["taskId"]}","async","batch","{batch}","9","POST"]""");
    }

    [Fact]
    public async Task The_function_may_choose_its_queue_and_says_how_long_it_may_run()
    {
        var (script, own, failing) = (await PublishAsync(), NewId(), NewId());
        await AddAsync(own, $"{script}.fourth");
        await AddAsync(failing, $"{script}.fail");

        ((string?)(await ResultAsync(await CallAsync(own)))["result"]).Should().Be("4");
        var failed = await ResultAsync(await CallAsync(failing));

        ((string?)failed["status"], (string?)failed["errorType"]).Should().Be(("failure", "ZeroDivisionError"));
        var info = (await ListAsync($"batch-task-info/do/list?batchId={failing}")).Single()!;
        ((string?)info["status"], (string?)info["taskStatus"]).Should().Be(("failure", "failure"));
        ((string)info["logMessageTEXT"]!).Should().EndWith("before");
        ((string)info["einfoTEXT"]!).Should().EndWith("ZeroDivisionError: division by zero");
    }

    [Fact]
    public async Task Task_infos_tell_what_became_of_the_tasks()
    {
        var (script, paused, other) = (await PublishAsync(), NewId(), NewId());
        await AddAsync(paused, $"{script}.fourth");
        await AddAsync(other, $"{script}.f", new { x = 1 });
        (await _api.PostAsync("/api/v1/worker-queues/4/do/pause", new { })).RequireOk();
        var tasks = new List<string>();
        for (var count = 0; count < 3; count++) tasks.Add(await CallAsync(paused));
        var done = await CallAsync(other);
        await ResultAsync(done);

        var waiting = (await ListAsync($"batch-task-info/do/list?batchId={paused}")).ToList();
        waiting.Select(row => (string)row!["id"]!).Should().Equal(Enumerable.Reverse(tasks), "the newest comes first");
        waiting.Should().OnlyContain(row => (string)row!["status"]! == "queued" && row["startTime"] == null && (string)row["batchId"]! == paused && (string)row["funcId"]! == $"{script}.fourth");
        var page = (await _api.GetAsync($"/api/v1/batch-task-info/do/list?batchId={paused}&pageSize=2&pageNumber=2")).RequireOk();
        (page.Data!.AsArray().Count, (int)page.Json["pageInfo"]!["totalCount"]!, (int)page.Json["pageInfo"]!["pageCount"]!).Should().Be((1, 3, 2));
        (await _api.PostAsync($"/api/v1/tasks/{tasks[0]}/do/cancel", new { })).RequireOk();
        var cancelled = (await ListAsync($"batch-task-info/do/list?id={tasks[0]}")).Single()!;
        ((string?)cancelled["status"], (string?)cancelled["taskStatus"], (string?)cancelled["einfoTEXT"]).Should().Be(("failure", "cancelled", "It was cancelled"));
        (await _api.PostAsync("/api/v1/worker-queues/4/do/resume", new { })).RequireOk();
        await ResultAsync(tasks[2]);

        var row = (await ListAsync($"batch-task-info/do/list?funcId={script}.f")).Single()!;
        ((string?)row["id"], (string?)row["status"], (int)row["scriptPublishVersion"]!, (string?)row["func_title"]).Should().Be((done, "success", 1, "F"));
        ((DateTimeOffset)row["queueTime"]!).Should().BeOnOrBefore((DateTimeOffset)row["startTime"]!);
        ((DateTimeOffset)row["startTime"]!).Should().BeOnOrBefore((DateTimeOffset)row["endTime"]!);
        (await ListAsync($"batch-task-info/do/list?func_scriptId={script}")).Count.Should().Be(4);
        (await ListAsync($"batch-task-info/do/list?func_scriptId={script}&func_tags=math")).Count.Should().Be(1);
        (await ListAsync($"batch-task-info/do/list?_fuzzySearch={paused[..20].ToUpperInvariant()}")).Count.Should().Be(3);
        (await ListAsync("batch-task-info/do/list?batchId=none")).Should().BeEmpty();
        (await _api.CallAsync($"{script}.f", new { x = 1 }, new { execMode = "async" })).RequireOk();
        (await ListAsync($"batch-task-info/do/list?funcId={script}.f")).Count.Should().Be(1, "direct calls are no batch's");
        ((int)(await ListAsync($"batches/do/list?id={paused}&_withTaskInfoCount=true")).Single()!["taskInfoCount"]!).Should().Be(3);
        (await ListAsync($"batches/do/list?id={paused}")).Single()!.AsObject().ContainsKey("taskInfoCount").Should().BeFalse();
    }

    [Fact]
    public async Task A_batch_keeps_its_fields_and_is_found_by_them()
    {
        var (script, batch) = (await PublishAsync(), NewId());
        (await _api.PostAsync("/api/v1/batches/do/add", new
        {
            data = new { id = batch, funcId = $"{script}.f", funcCallKwargsJSON = new { x = 1 }, tagsJSON = new[] { batch, "二" }, origin = "UI", showInDoc = true, note = "Notiz", taskRecordLimit = 10 },
        })).RequireOk();

        var row = (await ListAsync($"batches/do/list?tags=none,{batch}")).Single()!;
        ((string?)row["id"], (string?)row["funcId"], (string?)row["origin"], (bool)row["showInDoc"]!, (bool)row["isDisabled"]!, (string?)row["note"], (int)row["taskRecordLimit"]!)
            .Should().Be((batch, $"{script}.f", "UI", true, false, "Notiz", 10));
        (row["funcCallKwargsJSON"]!.ToJsonString(), (string?)row["tagsJSON"]![1], (string?)row["func_title"], (string?)row["scpt_id"]).Should().Be(("""{"x":1}""", "二", "F", script));
        (await _api.PostAsync($"/api/v1/batches/{batch}/do/modify", new { data = new { note = (string?)null, funcId = $"{script}.fourth", funcCallKwargsJSON = new { }, tagsJSON = (string[]?)null } })).RequireOk();
        row = (await ListAsync($"batches/do/list?id={batch}&origin=UI,API&func_scriptId={script}&func_scriptSetId={script[..^3]}")).Single()!;
        ((string?)row["note"], (string?)row["funcId"], row["tagsJSON"], (bool)row["showInDoc"]!).Should().Be((null, $"{script}.fourth", null, true));
        (await ListAsync($"batches/do/list?id={batch}&originId=any")).Should().BeEmpty();
        (await _api.GetAsync("/api/v1/batches/do/list?nope=1")).Json["detail"]!["field"]!.ToString().Should().Be("nope");
        var own = (string)(await _api.PostAsync("/api/v1/batches/do/add", new { data = new { funcId = $"{script}.f", funcCallKwargsJSON = new { x = "FROM_PARAMETER" } } })).RequireOk().Data!["id"]!;
        own.Should().StartWith("bat-");
        ((string?)(await ListAsync($"batches/do/list?id={own}")).Single()!["origin"]).Should().Be("API");

        (await _api.GetAsync($"/api/v1/batches/{batch}/do/delete")).RequireOk();
        (await ListAsync($"batches/do/list?id={batch}")).Should().BeEmpty();
        (await _api.GetAsync($"/api/v1/batches/{batch}/do/delete")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync($"/api/v1/bat/{batch}")).Reason.Should().Be("EClientNotFound");
    }

    [Fact]
    public async Task A_batch_that_is_disabled_or_without_its_function_says_so_and_queues_nothing()
    {
        var (script, batch) = (await PublishAsync(), NewId());
        await AddAsync(batch, $"{script}.who");

        for (var round = 0; round < 5; round++)
        {
            (await _api.PostAsync($"/api/v1/batches/{batch}/do/modify", new { data = new { isDisabled = true } })).RequireOk();
            var disabled = await _api.GetAsync($"/api/v1/bat/{batch}");
            (disabled.Status, disabled.Reason).Should().Be((HttpStatusCode.Forbidden, "EBizCondition.BatchDisabled"));
            (await _api.PostAsync($"/api/v1/batches/{batch}/do/modify", new { data = new { isDisabled = false } })).RequireOk();
            (await _api.GetAsync($"/api/v1/bat/{batch}")).RequireOk();
        }

        (await _api.GetAsync($"/api/v1/scripts/{script}/do/delete")).RequireOk();
        var gone = await _api.GetAsync($"/api/v1/bat/{batch}");
        (gone.Status, gone.Reason, (string?)gone.Json["detail"]!["funcId"]).Should().Be((HttpStatusCode.NotFound, "EClientNotFound", $"{script}.who"));
        (await ListAsync($"batch-task-info/do/list?batchId={batch}")).Count.Should().Be(5);
    }

    [Fact]
    public async Task An_ID_that_exists_or_would_hide_another_is_refused()
    {
        var (script, batch) = (await PublishAsync(), NewId());
        await AddAsync($"bat-{batch}", $"{script}.who");

        foreach (var id in (string[])[$"bat-{batch}", batch])
        {
            var refused = await _api.PostAsync("/api/v1/batches/do/add", new { data = new { id, funcId = $"{script}.f", funcCallKwargsJSON = new { } } });
            (refused.Status, refused.Reason, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.Conflict, "EClientDuplicated", "data.id"));
        }

        await AddAsync($"bat-{batch.ToUpperInvariant()}", $"{script}.f", new { x = 1 });
        ((string?)(await ListAsync($"batches/do/list?id=bat-{batch}")).Single()!["funcId"]).Should().Be($"{script}.who", "IDs that differ in case are two");
    }

    [Theory]
    [InlineData("""{"id":"no blanks"}""", "data.id")]
    [InlineData("""{"funcId":7}""", "data.funcId")]
    [InlineData("""{"funcId":"none__none.none"}""", "data.funcId")]
    [InlineData("""{"funcCallKwargsJSON":[]}""", "data.funcCallKwargsJSON")]
    [InlineData("""{"funcCallKwargsJSON":{"x":"\ud800"}}""", "data.funcCallKwargsJSON")]
    [InlineData("""{"tagsJSON":[1]}""", "data.tagsJSON[0]")]
    [InlineData("""{"origin":"elsewhere"}""", "data.origin")]
    [InlineData("""{"isDisabled":"no"}""", "data.isDisabled")]
    [InlineData("""{"taskRecordLimit":10001}""", "data.taskRecordLimit")]
    [InlineData("""{"apiAuthId":"aa-none"}""", "data.apiAuthId")]
    [InlineData("""{"nope":1}""", "data.nope")]
    public async Task What_is_wrong_with_a_new_batch_is_named_and_nothing_is_added(string wrong, string field)
    {
        var (script, batch) = (await PublishAsync(), NewId());
        var data = new JsonObject { ["id"] = batch, ["funcId"] = $"{script}.f", ["funcCallKwargsJSON"] = new JsonObject() };
        data.Remove(wrong[2..wrong.IndexOf('"', 2)]);
        // As text, because a JSON writer refuses half of a surrogate pair.
        var body = $"{{\"data\":{data.ToJsonString()[..^1]},{wrong[1..]}}}";

        var refused = await _api.PostTextAsync("/api/v1/batches/do/add", body);

        (refused.IsOk, (string?)refused.Json["detail"]!["field"]).Should().Be((false, field), refused.Text);
        ((int)refused.Status).Should().BeOneOf(400, 404);
        (await ListAsync($"batches/do/list?id={batch}")).Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"kwargs":[1]}""", "kwargs")]
    [InlineData("""{"kwargs":{"y":2}}""", "kwargs.y")]
    [InlineData("""{"kwargs":{"nope":1}}""", "kwargs.nope")]
    [InlineData("""{"options":{"execMode":"sync"}}""", "options.execMode")]
    [InlineData("""{"options":{"async":false}}""", "options.execMode")]
    [InlineData("""{"options":{"timeout":3601}}""", "options.timeout")]
    [InlineData("""{"options":{"eta":"soon"}}""", "options.eta")]
    [InlineData("""{"options":{"nope":1}}""", "options.nope")]
    [InlineData("""{"nope":1}""", "nope")]
    public async Task What_is_wrong_with_a_call_is_named_and_nothing_is_queued(string body, string field)
    {
        var (script, batch) = (await PublishAsync(), NewId());
        await AddAsync(batch, $"{script}.f", new { x = "FROM_PARAMETER", y = 1 });

        var refused = await _api.PostTextAsync($"/api/v1/bat/{batch}", body);

        (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, field), refused.Text);
        (await ListAsync($"batch-task-info/do/list?batchId={batch}")).Should().BeEmpty();
    }

    [Theory]
    [InlineData("?kwargs=_ALL", "kwargs")]
    [InlineData("?kwargs=%5B1%5D", "kwargs")]
    [InlineData("?kwargs=%7B%22x%22%3A%22%5Cud800%22%7D", "kwargs")]
    [InlineData("?options=_NULL", "options")]
    [InlineData("?options=%7B%22timeout%22%3A0%7D", "options.timeout")]
    [InlineData("/flattened?options_nope=1", "options_nope")]
    [InlineData("/flattened?options_priority=x", "options.priority")]
    [InlineData("/simplified?y=2", "kwargs.y")]
    public async Task What_is_wrong_in_a_query_is_named_too(string query, string field)
    {
        var (script, batch) = (await PublishAsync(), NewId());
        await AddAsync(batch, $"{script}.f", new { x = "FROM_PARAMETER", y = 1 });

        var refused = await _api.GetAsync($"/api/v1/bat/{batch}{query}");

        (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, field), refused.Text);
    }

    [Fact]
    public async Task The_same_idempotency_key_queues_one_task()
    {
        var (script, batch, other) = (await PublishAsync(), NewId(), NewId());
        await AddAsync(batch, $"{script}.who");
        await AddAsync(other, $"{script}.who");
        var body = new { options = new { idempotencyKey = NewId() } };

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _api.PostAsync($"/api/v1/bat/{batch}", body)));

        answers.Select(answer => (string)answer.RequireOk().Data!["taskId"]!).Distinct().Should().ContainSingle();
        (await ListAsync($"batch-task-info/do/list?batchId={batch}")).Count.Should().Be(1);
        (await _api.PostAsync($"/api/v1/bat/{other}", body)).Reason.Should().Be("EClientDuplicated", "another batch's call is another content");
    }

    private static string NewId() => $"b{Guid.NewGuid():N}";

    private async Task<string> PublishAsync()
    {
        var script = $"batched{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        return script;
    }

    private Task AddAsync(string id, string funcId, object? kwargs = null) => _api.AddBatchAsync(id, funcId, kwargs ?? new { });

    private async Task<string> CallAsync(string batch) => (string)(await _api.GetAsync($"/api/v1/bat/{batch}")).RequireOk().Data!["taskId"]!;

    private async Task<JsonNode> ResultAsync(string task)
    {
        var result = (await _api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk().Data!;
        ((string?)result["endTime"]).Should().NotBeNull("the task has ended");
        return result;
    }

    private async Task<JsonArray> ListAsync(string path) => (await _api.GetAsync("/api/v1/" + path)).RequireOk().Data!.AsArray();

    public sealed class OnSqlite(SqliteSilo silo) : BatchTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : BatchTests(silo);
}
