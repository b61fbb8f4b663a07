using System.Diagnostics;
using System.Text.Json;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>A node, and what the benchmarks of tasks do with it.</summary>
internal sealed class TaskClient : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly SiloProcess _silo;

    private TaskClient(string store, SiloProcess silo) => (Store, _silo) = (store, silo);

    public string Store { get; }

    private string? Token => _silo.Api.Token;

    public static async Task<TaskClient> StartAsync(string store, string directory, IReadOnlyDictionary<string, string> settings)
    {
        var silo = await SiloProcess.StartAsync(directory, settings);
        await silo.Api.PublishAsync("bench__q", QueueBenchmark.Code);
        await silo.Api.AddBatchAsync("bat-add", "bench__q.add", new { x = "INPUT_BY_CALLER", y = "INPUT_BY_CALLER" });
        await silo.Api.AddBatchAsync("bat-sleep", "bench__q.sleep", new { });
        return new TaskClient(store, silo);
    }

    /// <summary>Calls a batch, as programs that are given one do.</summary>
    /// <returns>The time until the last is accepted, and until it is finished.</returns>
    public async Task<(TimeSpan Accepted, TimeSpan Finished)> RunTasksAsync(string batch, string kwargs, int count, int callers)
    {
        var requests = Enumerable.Repeat(LeanClient.Post($"/api/v1/bat/bat-{batch}", null, $$"""{"kwargs":{{kwargs}}}"""), count).ToList();
        var began = Stopwatch.GetTimestamp();
        await LeanClient.SendAllAsync(_silo.WebPort, callers, requests);
        var accepted = Stopwatch.GetElapsedTime(began);
        using var client = await LeanClient.ConnectAsync(_silo.WebPort);
        var list = LeanClient.Get("/api/v1/worker-queues/do/list", Token);
        while (IsBusy(await client.SendAsync(list))) await Task.Delay(Look);
        return (accepted, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Each is enqueued when the end of the one before has been answered.</summary>
    public async Task<TimeSpan> RunChainAsync(int count)
    {
        using var client = await LeanClient.ConnectAsync(_silo.WebPort);
        var call = Call("add", """{"x":1,"y":1}""");
        var began = Stopwatch.GetTimestamp();
        for (var number = 0; number < count; number++) await EndAsync(client, TaskId(await client.SendAsync(call)));
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>From the sending of a call to the first line of its function.</summary>
    /// <returns>Milliseconds.</returns>
    public async Task<IReadOnlyList<double>> StartsAsync(int count)
    {
        using var client = await LeanClient.ConnectAsync(_silo.WebPort);
        var call = Call("now", "{}");
        var waits = new List<double>();
        for (var number = 0; number < count; number++)
        {
            var began = DateTime.UtcNow;
            var started = await EndAsync(client, TaskId(await client.SendAsync(call)));
            waits.Add((DateTime.UnixEpoch.AddSeconds(started) - began).TotalMilliseconds);
        }

        return waits;
    }

    public async ValueTask DisposeAsync() => await _silo.DisposeAsync();

    private byte[] Call(string function, string kwargs) => LeanClient.Post($"/api/v1/func/bench__q.{function}", Token, $$$"""{"kwargs":{{{kwargs}}},"options":{"execMode":"async"}}""");

    private async Task<double> EndAsync(LeanClient client, string taskId)
    {
        using var answer = JsonDocument.Parse(await client.SendAsync(LeanClient.Get($"/api/v1/func-result?taskId={taskId}&wait=60", Token)));
        var data = answer.RootElement.GetProperty("data");
        return data.GetProperty("taskStatus").GetString() == "success" ? data.GetProperty("result").GetDouble() : throw new InvalidOperationException(answer.RootElement.ToString());
    }

    private static string TaskId(ReadOnlyMemory<byte> answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("data").GetProperty("taskId").GetString()!;
    }

    private static bool IsBusy(ReadOnlyMemory<byte> answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("data").EnumerateArray().Any(queue => queue.GetProperty("ready").GetInt32() + queue.GetProperty("running").GetInt32() > 0);
    }
}
