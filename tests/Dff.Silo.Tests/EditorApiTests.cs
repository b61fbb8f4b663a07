using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What the editor asks the API for: Python's word on a draft, published versions, a run that is followed.</summary>
public abstract class EditorApiTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task A_draft_is_parsed_without_being_run()
    {
        var parsed = (await _api.PostAsync("/api/v1/scripts/do/parse", new { code = "import os\nos._exit(1)\n@DFF.API('Sum')\ndef f(x, y=2): return x\n", withFunctions = true })).RequireOk().Data!;
        parsed["problems"]!.AsArray().Should().BeEmpty();
        parsed["functions"]![0]!["name"]!.GetValue<string>().Should().Be("f");
        parsed["functions"]![0]!["arguments"]![1]!["default"]!.GetValue<int>().Should().Be(2);
        var problem = (await _api.PostAsync("/api/v1/scripts/do/parse", new { code = "x = 1\ndef f(:\n" })).RequireOk().Data!["problems"]![0]!;
        (problem["severity"]!.GetValue<string>(), problem["line"]!.GetValue<int>(), problem["column"]!.GetValue<int>()).Should().Be(("error", 2, 7));
    }

    [Theory]
    [InlineData("\0")]
    [InlineData(null)]
    public async Task What_is_no_source_is_refused_by_name(string? code)
    {
        var answer = await _api.PostAsync("/api/v1/scripts/do/parse", new { code });
        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        answer.Json["detail"]!["field"]!.GetValue<string>().Should().Be("code");
    }

    [Fact]
    public async Task A_source_that_is_nested_beyond_reason_is_a_problem_of_its_own()
    {
        var parsed = (await _api.PostAsync("/api/v1/scripts/do/parse", new { code = new string('(', 200_000) })).RequireOk().Data!;
        parsed["problems"]![0]!["severity"]!.GetValue<string>().Should().Be("error");
        (await _api.PostAsync("/api/v1/scripts/do/parse", new { code = "x = 1" })).RequireOk().Data!["problems"]!.AsArray().Should().BeEmpty("the next one is read as ever");
    }

    [Fact]
    public async Task Every_published_version_is_kept_with_its_code_and_note()
    {
        await _api.PublishAsync("versions__a", "x = 1\n");
        (await _api.PostAsync("/api/v1/scripts/versions__a/do/modify", new { data = new { codeDraft = "x = 2\n" } })).RequireOk();
        (await _api.PostAsync("/api/v1/scripts/versions__a/do/publish", new { data = new { note = "The second" } })).RequireOk();
        var versions = (await _api.GetAsync("/api/v1/script-publish-history/do/list?scriptId=versions__a")).RequireOk().Data!.AsArray();
        versions.Select(version => ((int)version!["scriptPublishVersion"]!, (string?)version["scriptCode_cache"], (string?)version["note"])).Should()
            .Equal((2, "x = 2\n", "The second"), (1, "x = 1\n", null));
        var one = (await _api.GetAsync("/api/v1/script-publish-history/do/list?scriptId=versions__a&scriptPublishVersion=1&fieldKicking=scriptCode_cache")).RequireOk().Data!.AsArray();
        one.Should().ContainSingle().Which!.AsObject().Should().NotContainKey("scriptCode_cache");
        var found = (await _api.GetAsync("/api/v1/script-publish-history/do/list?_fuzzySearch=SECOND&scriptId=versions__a")).RequireOk().Data!.AsArray();
        found.Should().ContainSingle();
    }

    [Fact]
    public async Task The_log_of_a_run_is_followed_while_it_grows_and_again_from_any_event()
    {
        await _api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "follow" } });
        (await _api.PostAsync("/api/v1/scripts/do/add", new
        {
            data = new { id = "follow__a", codeDraft = "def f():\n    import time\n    print('first')\n    while DFF.ENV('follow_go') is None:\n        time.sleep(0.02)\n    print('second')\n    return 7\n" },
        })).RequireOk();
        var taskId = Guid.NewGuid().ToString();
        var run = _api.PostAsync("/api/v1/func-draft/follow__a.f", new { options = new { taskId, returnType = "raw" } });
        var events = new List<ServerEvent>();
        await foreach (var next in FollowAsync(taskId, null))
        {
            if (next.Name == "wait") continue;
            events.Add(next);
            if (next.Name == "log" && events.Count == 1)
            {
                run.IsCompleted.Should().BeFalse("the log is seen before the end");
                (await _api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "follow_go", valueTEXT = "1" } })).RequireOk();
            }
        }

        (await run).RequireOk();
        events.Select(next => next.Name).Should().Equal("log", "log", "end");
        events[0].Data["lines"]![0]!.GetValue<string>().Should().EndWith("first");
        events[1].Data["lines"]![0]!.GetValue<string>().Should().EndWith("second");
        events[2].Data["data"]!["result"]!["funcResult"]!["raw"]!.GetValue<int>().Should().Be(7);
        (await _api.GetAsync("/api/v1/env-variables/follow_go/do/delete")).RequireOk();

        var rest = new List<ServerEvent>();
        await foreach (var next in FollowAsync(taskId, events[0].Id)) rest.Add(next);
        rest.Select(next => (next.Id, next.Name)).Should().Equal(("2", "log"), ("3", "end"));
    }

    [Fact]
    public async Task A_call_of_a_published_function_is_followed_by_its_task_ID()
    {
        await _api.PublishAsync("follow__published", "@DFF.API()\ndef f(x):\n    print('called')\n    return 1 / x\n");
        var (works, fails) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        (await _api.CallAsync("follow__published.f", new { x = 2 }, new { taskId = works })).RequireOk();
        (await _api.CallAsync("follow__published.f", new { x = 0 }, new { taskId = fails })).Reason.Should().Be("EFuncFailed");
        (await EventsAsync(works)).Should().Equal("log", "end ok");
        (await EventsAsync(fails)).Should().Equal("log", "end EFuncFailed");
    }

    [Fact]
    public async Task A_follower_learns_that_its_events_are_gone_and_who_asks_wrongly_is_told()
    {
        var taskId = Guid.NewGuid().ToString();
        var lost = new List<string>();
        await foreach (var next in FollowAsync(taskId, "5")) lost.Add(next.Name);
        lost.Should().Equal("lost");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/tasks/{taskId}/events");
        request.Headers.Add("Last-Event-ID", "nonsense");
        var answer = await _api.SendAsync(request);
        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        answer.Json["detail"]!["field"]!.GetValue<string>().Should().Be("Last-Event-ID");
        using var stranger = new ApiClient(_api.Http.BaseAddress!);
        (await stranger.GetAsync($"/api/v1/tasks/{taskId}/events")).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    private async Task<List<string>> EventsAsync(string taskId)
    {
        var events = new List<string>();
        await foreach (var next in FollowAsync(taskId, null)) events.Add(next.Name == "end" ? $"end {(next.Data["ok"]!.GetValue<bool>() ? "ok" : next.Data["reason"])}" : next.Name);
        return events;
    }

    private async IAsyncEnumerable<ServerEvent> FollowAsync(string taskId, string? after)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/tasks/{taskId}/events");
        request.Headers.Add("X-Dff-Auth-Token", _api.Token);
        if (after is not null) request.Headers.Add("Last-Event-ID", after);
        using var response = await _api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        var fields = new Dictionary<string, string>();
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                var colon = line.IndexOf(": ", StringComparison.Ordinal);
                fields[line[..colon]] = line[(colon + 2)..];
                continue;
            }

            if (fields.TryGetValue("data", out var data)) yield return new ServerEvent(fields.GetValueOrDefault("id", ""), fields["event"], JsonNode.Parse(data)!);
            fields.Clear();
        }
    }

    private sealed record ServerEvent(string Id, string Name, JsonNode Data);
}

public sealed class EditorApiOnSqliteTests(SqliteSilo silo) : EditorApiTests(silo);

public sealed class EditorApiOnMariaDbTests(MariaDbSilo silo) : EditorApiTests(silo);
