using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Tasks of batches over time: their limits, and what a killed node leaves of them.</summary>
public sealed class BatchLifeTests
{
    private const string Code =
        """
        import time
        @DFF.API('Sleep')
        def sleep():
            time.sleep(600)
        @DFF.API('Sleep', timeout=600)
        def sleep_long():
            time.sleep(3)
            return 'slept'
        """;

    [Fact]
    public async Task A_batch_runs_and_waits_as_long_as_the_configuration_says_unless_its_function_does()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(
            directory.Path, new Dictionary<string, string> { ["_FUNC_TASK_DEFAULT_BATCH_TIMEOUT"] = "1", ["_FUNC_TASK_BATCH_TIMEOUT_TO_EXPIRE_SCALE"] = "2", ["_FUNC_TASK_ASYNC_QUEUE"] = "6" });
        var api = silo.Api;
        await api.PublishAsync("limits__a", Code);
        await AddAsync(api, "short", "limits__a.sleep");
        await AddAsync(api, "long", "limits__a.sleep_long");

        var (late, slept) = (await CallAsync(api, "short"), await CallAsync(api, "long"));
        (await EndAsync(api, late)).Should().Be("timeout");
        (await EndAsync(api, slept)).Should().Be("success");

        (await api.PostAsync("/api/v1/worker-queues/6/do/pause", new { })).RequireOk();
        var (expired, waiting) = (await CallAsync(api, "short"), await CallAsync(api, "long"));
        var patient = (string)(await api.PostAsync("/api/v1/bat/short", new { options = new { neverExpire = true } })).RequireOk().Data!["taskId"]!;
        (await EndAsync(api, expired)).Should().Be("expired");
        foreach (var task in (string[])[waiting, patient])
            ((string?)(await api.GetAsync($"/api/v1/func-result?taskId={task}")).RequireOk().Data!["taskStatus"]).Should().Be("queued");
        var info = (await api.GetAsync($"/api/v1/batch-task-info/do/list?id={expired}")).RequireOk().Data![0]!;
        ((string?)info["status"], ((string)info["einfoTEXT"]!)[..7]).Should().Be(("failure", "Expired"), "the reason comes first");
    }

    [Fact]
    public async Task What_a_batch_has_answered_outlives_a_killed_node_with_the_batch_itself()
    {
        using var directory = new TestDirectory();
        var tasks = new List<string>();
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            await silo.Api.PublishAsync("outlives__a", "@DFF.API('F')\ndef f(x):\n    return [x, _DFF_ORIGIN, _DFF_ORIGIN_ID]\n");
            await AddAsync(silo.Api, "bat-outlives", "outlives__a.f");
            (await silo.Api.PostAsync("/api/v1/worker-queues/9/do/pause", new { })).RequireOk();
            for (var x = 0; x < 20; x++) tasks.Add((string)(await silo.Api.GetAsync($"/api/v1/bat/outlives/simplified?x={x}")).RequireOk().Data!["taskId"]!);
            await silo.KillAsync();
        }

        await using var again = await SiloProcess.StartAsync(directory.Path);
        ((int)(await again.Api.GetAsync("/api/v1/batches/do/list?id=bat-outlives&_withTaskInfoCount=true")).RequireOk().Data![0]!["taskInfoCount"]!).Should().Be(20);
        (await again.Api.PostAsync("/api/v1/worker-queues/9/do/resume", new { })).RequireOk();

        for (var x = 0; x < tasks.Count; x++)
        {
            var result = (await again.Api.GetAsync($"/api/v1/func-result?taskId={tasks[x]}&wait=60")).RequireOk().Data!;
            result["result"]!.ToJsonString().Should().Be($"""["{x}","batch","bat-outlives"]""");
        }
    }

    private static Task AddAsync(ApiClient api, string id, string funcId) => api.AddBatchAsync(id, funcId, new Dictionary<string, string> { ["**kwargs"] = "INPUT_BY_CALLER" });

    private static async Task<string> CallAsync(ApiClient api, string batch) => (string)(await api.GetAsync($"/api/v1/bat/{batch}")).RequireOk().Data!["taskId"]!;

    private static async Task<string> EndAsync(ApiClient api, string task) => (string)(await api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk().Data!["taskStatus"]!;
}
