using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Calls that are queued: what they answer, when they begin, how they end.</summary>
public abstract class AsyncCallTests(SiloUnderTest silo)
{
    private const string Code =
        """
        import time
        @DFF.API('F')
        def f(x=1):
            print('called with', x)
            return {'x': x}
        @DFF.API('Who')
        def who():
            return [_DFF_TASK_ID, _DFF_EXEC_MODE, _DFF_ORIGIN, _DFF_QUEUE, _DFF_ATTEMPT, _DFF_HTTP_REQUEST['method']]
        @DFF.API('Fail')
        def fail():
            print('before')
            return 1 / 0
        @DFF.API('Sleep')
        def sleep(seconds):
            time.sleep(seconds)
            return 'slept'
        @DFF.API('Third', queue=3)
        def third():
            return _DFF_ATTEMPT
        @DFF.API('Quick', queue=2)
        def quick():
            return _DFF_ATTEMPT
        @DFF.API('Block', queue=2)
        def block():
            while DFF.STORE.get('go') is None:
                time.sleep(0.05)
        @DFF.API('Alone', queue=6)
        def alone(x=0):
            return x
        @DFF.API('Go', queue=4)
        def go():
            DFF.STORE.set('go', True)
        @DFF.API('Flaky', queue=3)
        def flaky():
            count = (DFF.STORE.get('count') or 0) + 1
            DFF.STORE.set('count', count)
            if count < 3:
                raise ValueError(f'attempt {count}')
            return [count, _DFF_ATTEMPT]
        """;

    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task An_asynchronous_call_answers_its_task_and_the_result_follows()
    {
        var script = await PublishAsync();

        var task = await EnqueueAsync($"{script}.f", new { x = 7 });
        var result = await ResultAsync(task, wait: 60);

        ((string?)result["status"], (string?)result["taskStatus"], (int)result["result"]!["x"]!, (int)result["attempt"]!).Should().Be(("success", "success", 7, 1));
        ((string)result["logMessageTEXT"]!).Should().EndWith("called with 7");
        ((string)result["request"]!["funcId"]!, (int)result["request"]!["kwargs"]!["x"]!).Should().Be(($"{script}.f", 7));
        (await _api.GetAsync($"/api/v1/func-result?taskId={task}&unfold=true")).Text.Should().Be("""{"x":7}""");
        (await _api.GetAsync($"/api/v1/func-result?taskId={task}&returnType=repr")).Json["detail"]!["field"]!.ToString().Should().Be("returnType");
        (await _api.GetAsync("/api/v1/func-result?taskId=task-none")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync($"/api/v1/func-result?taskId={task}&wait=61")).Json["detail"]!["field"]!.ToString().Should().Be("wait");
    }

    [Fact]
    public async Task What_began_ahead_of_its_process_goes_back_when_long_tasks_hold_all_of_them()
    {
        const int Processes = 10;
        var script = await PublishAsync();
        async Task<List<string>> EnqueueManyAsync(string function, int count) =>
            [.. await Task.WhenAll(Enumerable.Range(0, count).Select(_ => EnqueueAsync($"{script}.{function}", null)))];
        async Task<(int Ready, int Running)> QueueAsync()
        {
            var queue = (await _api.GetAsync("/api/v1/worker-queues/do/list")).RequireOk().Data!.AsArray()[2]!;
            return ((int)queue["ready"]!, (int)queue["running"]!);
        }

        // The node learns that the tasks of this queue are short.
        await EnqueueManyAsync("quick", 300);
        await Eventually.TrueAsync(async () => await QueueAsync() == (0, 0), "the short tasks are done");
        (await _api.PostAsync("/api/v1/worker-queues/2/do/pause", new { })).RequireOk();
        var quick = await EnqueueManyAsync("quick", Processes);
        var blocks = await EnqueueManyAsync("block", Processes);
        quick.AddRange(await EnqueueManyAsync("quick", 2 * Processes));

        (await _api.PostAsync("/api/v1/worker-queues/2/do/resume", new { })).RequireOk();
        await Eventually.TrueAsync(
            async () =>
            {
                var states = (await Task.WhenAll(blocks.Select(task => ResultAsync(task)))).ToList();
                if (states.Find(state => (string?)state["status"] is "success" or "failure") is { } ended) throw new InvalidOperationException($"a long task ended before it was let go: {ended.ToJsonString()}");
                return states.TrueForAll(state => (string)state["taskStatus"]! == "running") && (await QueueAsync()).Running == Processes;
            },
            "the long tasks alone are held by the node");
        (await _api.CallAsync($"{script}.go")).RequireOk();

        foreach (var task in blocks.Concat(quick)) ((string)(await ResultAsync(task, wait: 60))["taskStatus"]!).Should().Be("success");
        foreach (var task in quick) ((int)(await ResultAsync(task))["result"]!).Should().Be(1, "what went back does not count");
    }

    [Fact]
    public async Task A_script_sees_that_it_runs_as_a_task()
    {
        var script = await PublishAsync();

        var task = await EnqueueAsync($"{script}.who", null, new { async = true, returnType = "ALL" });

        var result = (await ResultAsync(task, wait: 60))["result"]!;
        result["raw"]!.ToJsonString().Should().Be($"""["{task}","async","direct","9",1,"POST"]""");
        ((string)result["repr"]!).Should().Contain(task);
    }

    [Fact]
    public async Task A_task_that_fails_says_why_and_is_tried_again_only_where_that_was_asked_for()
    {
        var script = await PublishAsync();

        var once = await ResultAsync(await EnqueueAsync($"{script}.fail"), wait: 60);
        ((string?)once["status"], (string?)once["taskStatus"], (string?)once["errorType"], (int)once["attempt"]!).Should().Be(("failure", "failure", "ZeroDivisionError", 1));
        ((string)once["einfoTEXT"]!).Should().EndWith("ZeroDivisionError: division by zero");
        ((string)once["logMessageTEXT"]!).Should().EndWith("before");

        var thrice = await ResultAsync(await EnqueueAsync($"{script}.flaky", null, new { retries = 2, retryDelay = 1 }), wait: 60);
        thrice["result"]!.ToJsonString().Should().Be("[3,3]");
        var late = await ResultAsync(await EnqueueAsync($"{script}.sleep", new { seconds = 30 }, new { timeout = 1 }), wait: 60);
        ((string?)late["status"], (string?)late["taskStatus"]).Should().Be(("failure", "timeout"));
    }

    [Fact]
    public async Task A_task_with_an_eta_or_a_delay_does_not_begin_before_it()
    {
        var script = await PublishAsync();

        foreach (var options in (Func<object>[])[() => new { execMode = "async", delay = 2 }, () => new { execMode = "async", eta = DateTimeOffset.UtcNow.AddSeconds(2).ToString("O") }])
        {
            var task = await EnqueueAsync($"{script}.f", null, options());
            var result = await ResultAsync(task, wait: 60);
            var waited = (DateTimeOffset)result["startTime"]! - (DateTimeOffset)result["queueTime"]!;
            waited.Should().BeGreaterThan(TimeSpan.FromSeconds(1.9));
        }
    }

    [Fact]
    public async Task A_task_whose_eta_has_passed_begins_at_once_and_has_not_expired()
    {
        var script = await PublishAsync();

        var task = await EnqueueAsync($"{script}.f", null, new { execMode = "async", timeout = 1, eta = "2001-01-31T12:00:00Z" });

        ((string?)(await ResultAsync(task, wait: 60))["status"]).Should().Be("success");
    }

    [Fact]
    public async Task The_same_idempotency_key_answers_the_same_task()
    {
        var script = await PublishAsync();
        var key = Guid.NewGuid().ToString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => WithKeyAsync($"{script}.f", key, 1)));

        answers.Select(answer => (string)answer.RequireOk().Data!["taskId"]!).Distinct().Should().ContainSingle();
        var other = await WithKeyAsync($"{script}.f", key, 2);
        other.Status.Should().Be(HttpStatusCode.Conflict);
        (other.Reason, (string)other.Json["detail"]!["field"]!).Should().Be(("EClientDuplicated", "Idempotency-Key"));
    }

    [Fact]
    public async Task A_task_that_a_node_waits_for_begins_in_the_commit_that_accepts_it()
    {
        var script = await PublishAsync();
        await ResultAsync(await EnqueueAsync($"{script}.alone"), wait: 60);

        var atOnce = 0;
        for (var x = 0; x < 20; x++)
        {
            var result = await ResultAsync(await EnqueueAsync($"{script}.alone", new { x }), wait: 60);
            ((string?)result["status"], (int)result["result"]!, (int)result["attempt"]!).Should().Be(("success", x, 1));
            if ((string?)result["startTime"] == (string?)result["queueTime"]) atOnce++;
        }

        // By chance the two times would be the same for some; a node that is just between two questions may miss one.
        atOnce.Should().BeGreaterThanOrEqualTo(18);
    }

    [Fact]
    public async Task A_node_that_was_to_get_a_task_that_is_there_already_waits_on()
    {
        var script = await PublishAsync();
        var key = Guid.NewGuid().ToString();
        var first = (string)(await WithKeyAsync($"{script}.alone", key, 1)).RequireOk().Data!["taskId"]!;
        await ResultAsync(first, wait: 60);

        for (var index = 0; index < 20; index++) ((string?)(await WithKeyAsync($"{script}.alone", key, 1)).RequireOk().Data!["taskId"]).Should().Be(first);

        ((string?)(await ResultAsync(await EnqueueAsync($"{script}.alone"), wait: 60))["status"]).Should().Be("success");
        ((int)(await ResultAsync(first))["attempt"]!).Should().Be(1);
    }

    [Fact]
    public async Task A_task_ID_of_the_callers_choice_is_taken_once()
    {
        var script = await PublishAsync();
        var id = Guid.NewGuid().ToString();

        (await EnqueueAsync($"{script}.f", null, new { execMode = "async", taskId = id })).Should().Be(id);
        var second = await _api.CallAsync($"{script}.f", null, new { execMode = "async", taskId = id });

        (second.Status, (string)second.Json["detail"]!["field"]!).Should().Be((HttpStatusCode.Conflict, "options.taskId"));
        ((string?)(await ResultAsync(id, wait: 60))["status"]).Should().Be("success");
    }

    [Theory]
    [InlineData("""{"kwargs":[1],"options":{"execMode":"async"}}""", "kwargs")]
    [InlineData("""{"options":{"execMode":"async","eta":"soon"}}""", "options.eta")]
    [InlineData("""{"options":{"execMode":"async","eta":"9999-12-31T23:59:59Z"}}""", "options.eta")]
    [InlineData("""{"options":{"execMode":"async","eta":"2099-01-01T00:00:00Z","delay":1}}""", "options.delay")]
    [InlineData("""{"options":{"execMode":"async","delay":0}}""", "options.delay")]
    [InlineData("""{"options":{"execMode":"async","delay":99999999999}}""", "options.delay")]
    [InlineData("""{"options":{"execMode":"async","priority":256}}""", "options.priority")]
    [InlineData("""{"options":{"execMode":"async","retries":-1}}""", "options.retries")]
    [InlineData("""{"options":{"execMode":"async","taskId":"no blanks"}}""", "options.taskId")]
    [InlineData("""{"options":{"execMode":"async","idempotencyKey":""}}""", "options.idempotencyKey")]
    [InlineData("""{"options":{"execMode":"async","timeout":3601}}""", "options.timeout")]
    [InlineData("""{"options":{"execMode":"async","nope":1}}""", "options.nope")]
    public async Task What_is_wrong_is_named_and_nothing_is_queued(string body, string field)
    {
        var script = await PublishAsync();

        var refused = await _api.PostTextAsync($"/api/v1/func/{script}.f", body);

        (refused.Status, (string)refused.Json["detail"]!["field"]!).Should().Be((HttpStatusCode.BadRequest, field));
    }

    [Fact]
    public async Task Arguments_beyond_a_MiB_and_an_unknown_function_are_refused()
    {
        var script = await PublishAsync();

        var large = await _api.CallAsync($"{script}.f", new { x = new string('a', 1024 * 1024) }, new { execMode = "async" });
        (large.Status, (string)large.Json["detail"]!["field"]!).Should().Be((HttpStatusCode.RequestEntityTooLarge, "kwargs"));
        (await _api.CallAsync($"{script}.nope", null, new { execMode = "async" })).Status.Should().Be(HttpStatusCode.NotFound);
        var fits = await EnqueueAsync($"{script}.f", new { x = new string('a', 1024 * 1024 - 100) });
        ((string?)(await ResultAsync(fits, wait: 60))["status"]).Should().Be("success");
    }

    [Fact]
    public async Task The_log_and_the_end_of_a_task_can_be_followed_while_it_runs_and_afterwards()
    {
        var script = await PublishAsync();
        var task = await EnqueueAsync($"{script}.f", new { x = 5 }, new { execMode = "async", delay = 1 });

        foreach (var _ in (int[])[1, 2])
        {
            var events = (await _api.GetAsync($"/api/v1/tasks/{task}/events")).Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(text => !text.Contains("event: wait", StringComparison.Ordinal)).ToList();
            events.Should().HaveCount(2);
            events[0].Should().StartWith("event: log").And.Contain("called with 5");
            events[1].Should().StartWith("event: end").And.Contain("\"ok\":true").And.Contain("{\"x\":5}");
        }
    }

    [Fact]
    public async Task Waiting_tasks_and_running_ones_are_cancelled()
    {
        var script = await PublishAsync();
        var waiting = await EnqueueAsync($"{script}.f", null, new { execMode = "async", delay = 3600 });
        var running = await EnqueueAsync($"{script}.sleep", new { seconds = 600 }, new { execMode = "async", timeout = 900 });
        await Eventually.TrueAsync(async () => (string?)(await ResultAsync(running))["status"] == "pending", "the task runs");

        foreach (var task in (string[])[waiting, running])
        {
            (await _api.PostAsync($"/api/v1/tasks/{task}/do/cancel", new { })).RequireOk();
            var result = await ResultAsync(task);
            ((string?)result["status"], (string?)result["taskStatus"], (string)result["einfoTEXT"]!).Should().Be(("failure", "cancelled", "It was cancelled"));
            (await _api.PostAsync($"/api/v1/tasks/{task}/do/cancel", new { })).Reason.Should().Be("EBizCondition.TaskFinished");
        }

        (await _api.PostAsync("/api/v1/tasks/task-none/do/cancel", new { })).Status.Should().Be(HttpStatusCode.NotFound);
        // Ten such would keep all places: a killed one gives its place back.
        for (var round = 0; round < 12; round++)
        {
            var next = await EnqueueAsync($"{script}.sleep", new { seconds = 600 }, new { execMode = "async", timeout = 900 });
            await Eventually.TrueAsync(async () => (string?)(await ResultAsync(next))["status"] == "pending", "the task runs");
            (await _api.PostAsync($"/api/v1/tasks/{next}/do/cancel", new { })).RequireOk();
        }

        ((string?)(await ResultAsync(await EnqueueAsync($"{script}.f"), wait: 60))["status"]).Should().Be("success");
    }

    [Fact]
    public async Task A_paused_queue_accepts_and_begins_nothing_and_can_be_cleared()
    {
        var script = await PublishAsync();
        (await _api.PostAsync("/api/v1/worker-queues/3/do/pause", new { })).RequireOk();
        var low = await EnqueueAsync($"{script}.third", null, new { execMode = "async", priority = 1 });
        var high = await EnqueueAsync($"{script}.third", null, new { execMode = "async", priority = 200 });
        ((string?)(await ResultAsync(low, wait: 1))["status"]).Should().Be("queued");

        (await _api.PostAsync("/api/v1/worker-queues/3/do/resume", new { })).RequireOk();
        var (first, second) = (await ResultAsync(high, wait: 60), await ResultAsync(low, wait: 60));
        ((DateTimeOffset)first["startTime"]!).Should().BeOnOrBefore((DateTimeOffset)second["startTime"]!);

        (await _api.PostAsync("/api/v1/worker-queues/3/do/pause", new { })).RequireOk();
        var cleared = await EnqueueAsync($"{script}.third");
        ((int)(await _api.PostAsync("/api/v1/monitor/worker-queues/do/clear", new { workerQueues = new[] { "3" } })).RequireOk().Data!["count"]!).Should().Be(1);
        ((string?)(await ResultAsync(cleared))["taskStatus"]).Should().Be("cancelled");
        var report = (await _api.GetAsync("/api/v1/worker-queues/do/list")).RequireOk().Data!.AsArray()[3]!;
        ((bool)report["isPaused"]!, (int)report["ready"]!).Should().Be((true, 0));
        (await _api.PostAsync("/api/v1/worker-queues/3/do/resume", new { })).RequireOk();
        (await _api.PostAsync("/api/v1/worker-queues/10/do/pause", new { })).Json["detail"]!["field"]!.ToString().Should().Be("queue");
    }

    private async Task<string> PublishAsync()
    {
        var script = $"queued{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        return script;
    }

    private async Task<string> EnqueueAsync(string funcId, object? kwargs = null, object? options = null) =>
        (string)(await _api.CallAsync(funcId, kwargs, Async(options))).RequireOk().Data!["taskId"]!;

    private static JsonNode Async(object? options)
    {
        var node = options is null ? [] : System.Text.Json.JsonSerializer.SerializeToNode(options)!.AsObject();
        node["execMode"] = "async";
        return node;
    }

    private async Task<JsonNode> ResultAsync(string task, int wait = 0) => (await _api.GetAsync($"/api/v1/func-result?taskId={task}&wait={wait}")).RequireOk().Data!;

    private Task<ApiAnswer> WithKeyAsync(string funcId, string key, int x) => _api.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/api/v1/func/{funcId}")
    {
        Content = new StringContent($$$"""{"kwargs":{"x":{{{x}}}},"options":{"execMode":"async"}}""", System.Text.Encoding.UTF8, "application/json"),
        Headers = { { "Idempotency-Key", key } },
    });

    public sealed class OnSqlite(SqliteSilo silo) : AsyncCallTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : AsyncCallTests(silo);
}
