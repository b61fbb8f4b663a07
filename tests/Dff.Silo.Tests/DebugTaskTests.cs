using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Tasks that are put by hand, and the routes on which clients try themselves.</summary>
public sealed class DebugTaskTests(SqliteSilo silo)
{
    private readonly ApiClient _api = silo.Api;
    private readonly string _script = $"d{Guid.NewGuid():N}"[..12] + "__a";

    [Fact]
    public async Task A_task_is_put_as_often_as_asked_and_waited_for()
    {
        await _api.PublishAsync(_script, "@DFF.API('F')\ndef f(x):\n    return [x, _DFF_QUEUE]\n");

        var put = await _api.PostAsync("/api/v1/debug/tasks/do/put", new { waitResult = true, times = 3, task = new { name = $"{_script}.f", args = Array.Empty<int>(), kwargs = new { x = 4 }, options = new { queue = "cpu", priority = 255, softTimeLimit = 5 } } });

        put.RequireOk().Data!.AsArray().Select(row => row!["result"]!["result"]!.ToJsonString()).Should().Equal("""[4,"9"]""", """[4,"9"]""", """[4,"9"]""");
        put.Data!.AsArray().Select(row => (string)row!["taskId"]!).Should().OnlyHaveUniqueItems();
        var later = (string)(await _api.PostAsync("/api/v1/debug/tasks/do/put", new { task = new { name = $"{_script}.f", kwargs = new { x = 4 }, options = new { eta = DateTimeOffset.UtcNow.AddDays(1), expires = DateTimeOffset.UtcNow.AddDays(2) } } }))
            .RequireOk().Data![0]!["taskId"]!;
        ((string?)(await _api.GetAsync($"/api/v1/func-result?taskId={later}")).RequireOk().Data!["taskStatus"]).Should().Be("queued");
        (await _api.PostAsync($"/api/v1/tasks/{later}/do/cancel", new { })).RequireOk();
    }

    [Fact]
    public async Task A_task_is_put_with_the_fields_of_the_later_generation()
    {
        await _api.PublishAsync(_script, "@DFF.API('F')\ndef f(x):\n    return [x, _DFF_QUEUE]\n");

        var put = await _api.PostAsync("/api/v1/debug/tasks/do/put", new { waitResult = true, name = $"{_script}.f", kwargs = new { x = 4 }, queue = 3, timeout = 5, expires = 60, delay = 1, ignoreResult = true });

        put.RequireOk().Data![0]!["result"]!["result"]!.ToJsonString().Should().Be("""[4,"3"]""");
        var times = put.Data![0]!["result"]!;
        ((DateTimeOffset)times["startTime"]! - (DateTimeOffset)times["queueTime"]!).Should().BeGreaterThan(TimeSpan.FromSeconds(0.9), "tasks may begin a few milliseconds ahead of their commit");
    }

    [Fact]
    public async Task What_cannot_be_put_is_refused_by_name()
    {
        await _api.PublishAsync(_script, "@DFF.API('F')\ndef f(x):\n    return x\n");
        async Task RefusedAsync(object body, string field)
        {
            var refused = await _api.PostAsync("/api/v1/debug/tasks/do/put", body);
            (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, field), refused.Text);
        }

        var name = $"{_script}.f";
        await RefusedAsync(new { }, "task");
        await RefusedAsync(new { task = new { } }, "task.name");
        await RefusedAsync(new { name, task = new { name } }, "name");
        await RefusedAsync(new { name, queue = 10 }, "queue");
        await RefusedAsync(new { name, kwargs = 1 }, "kwargs");
        await RefusedAsync(new { times = 0, task = new { name } }, "times");
        await RefusedAsync(new { task = new { name, args = new[] { 1 } } }, "task.args");
        await RefusedAsync(new { task = new { name, options = new { queue = "none" } } }, "task.options.queue");
        await RefusedAsync(new { task = new { name, options = new { expires = "2020-01-01T00:00:00Z" } } }, "task.options.expires");
        await RefusedAsync(new { task = new { name, options = new { eta = "2090-01-01T00:00:00Z" } } }, "task.options.eta");
        await RefusedAsync(new { task = new { name, options = new { priority = 256 } } }, "task.options.priority");
        (await _api.PostAsync("/api/v1/debug/tasks/do/put", new { task = new { name = $"{_script}.none" } })).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Errors_that_were_asked_for_are_answered_to_anybody()
    {
        using var nobody = _api.Stranger();
        foreach (var path in (string[])["test-throw-error", "test-throw-error-in-async"])
        {
            var failed = await nobody.GetAsync($"/api/v1/do/{path}");
            (failed.Status, failed.Reason, (decimal)failed.Json["error"]!).Should().Be((HttpStatusCode.InternalServerError, "EAssert", 500.99m));
        }

        ((string?)(await nobody.GetAsync("/api")).RequireOk().Data!["openApi"]).Should().Be("/openapi/v1.json");
        ((string?)(await nobody.GetAsync("/api?format=openapi&lang=en")).RequireOk().Json["openapi"]).Should().StartWith("3.");
    }
}
