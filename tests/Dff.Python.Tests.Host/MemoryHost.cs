using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dff.Python.Tests;

/// <summary>The host's answers from memory: env variables and the durable store, and <c>test.wait</c>, which ends when the test says so.</summary>
public sealed class MemoryHost(TimeProvider time) : IPythonHost
{
    private readonly ConcurrentDictionary<(string Scope, string Key), (string Value, DateTimeOffset Ends)> _store = new();

    public ConcurrentDictionary<string, string> Env { get; } = new();

    public ConcurrentQueue<string> Operations { get; } = new();

    /// <summary>Operations that start with <c>config.</c> wait for it.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource GateReached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask<HostReply> HandleAsync(PythonCall call, string operation, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken)
    {
        var given = JsonNode.Parse(arguments.Span)?.AsObject() ?? [];
        Operations.Enqueue(operation);
        switch (operation)
        {
            case "env.get":
                return Json(Env.TryGetValue(Text(given, "id"), out var env) ? new JsonObject { ["value"] = env, ["type"] = "string" } : null);
            case "store.get":
                return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(Find(given) is { } found ? JsonNode.Parse(found) : null));
            case "store.set":
                if (given["notExists"]?.GetValue<bool>() == true && Find(given) is not null) return Json(false);
                var ends = given["expire"] is { } expire ? time.GetUtcNow().AddSeconds(expire.GetValue<double>()) : DateTimeOffset.MaxValue;
                _store[(Text(given, "scope"), Text(given, "key"))] = (given["value"]?.ToJsonString() ?? "null", ends);
                return Json(true);
            case "store.delete":
                return Json(_store.TryRemove((Text(given, "scope"), Text(given, "key")), out _));
            case "config.list":
                GateReached.TrySetResult();
                await Gate.Task.WaitAsync(cancellationToken);
                return Json(new JsonObject());
            case "env.list":
                throw new InvalidOperationException("The host's secret fault.");
            default:
                return HostReply.Error("NotEnabledException", $"{operation} is not offered here.");
        }
    }

    private string? Find(JsonObject given) =>
        _store.TryGetValue((Text(given, "scope"), Text(given, "key")), out var entry) && entry.Ends > time.GetUtcNow() ? entry.Value : null;

    private static string Text(JsonObject given, string name) => given[name]?.GetValue<string>() ?? "";

    private static HostReply Json(JsonNode? node) => HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(node));
}
