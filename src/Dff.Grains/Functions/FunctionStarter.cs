using System.Text;
using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Python;
using Dff.Storage;

namespace Dff.Grains.Functions;

/// <summary><c>DFF.FUNC</c>: puts another function into the queue of the one that runs. When it answers, the task is committed, whatever becomes of its starter.</summary>
public sealed class FunctionStarter(IGrainFactory grains, IFunctionCatalog functions, WorkerOptions options)
{
    private static readonly HashSet<string> Known = ["id", "kwargs", "saveResult", "timeout"];

    public async Task<HostReply> StartAsync(PythonCall starter, JsonElement given, CancellationToken cancellationToken)
    {
        foreach (var option in given.EnumerateObject())
        {
            if (!Known.Contains(option.Name)) return HostReply.Error("InvalidOptionException", $"DFF.FUNC knows no argument `{option.Name}`");
        }

        var id = given.GetProperty("id").GetString()!;
        if (await functions.FindAsync(id, cancellationToken) is not { } function) return HostReply.Error("NotFoundException", $"there is no published function '{id}'");
        var before = TaskChain.OfContext(starter.Context);
        var chain = before.With(id);
        if (before.Functions.Contains(id)) return HostReply.Error("FuncCircularCallException", $"'{id}' is in its own chain: {chain}");
        if (chain.Functions.Count > options.MaxChainLength)
            return HostReply.Error("FuncChainTooLongException", $"the chain has {chain.Functions.Count} functions, at most {options.MaxChainLength} are allowed: {chain}");
        var kwargs = Encoding.UTF8.GetBytes(given.GetProperty("kwargs").GetRawText());
        if (kwargs.Length > NewTask.LargestKwargs) return HostReply.Error("ValueError", $"`kwargs` has {kwargs.Length} bytes, at most {NewTask.LargestKwargs} are allowed");
        var timeout = Timeout(given) ?? function.TimeoutSeconds ?? options.DefaultTimeout;
        if (timeout < options.MinTimeout || timeout > options.MaxTimeout)
            return HostReply.Error("ValueError", $"`timeout` must be {options.MinTimeout} to {options.MaxTimeout} seconds, not {timeout}");
        var added = await grains.EnqueueAsync(starter.Queue, new NewTask
        {
            TaskId = ShortId.New("task"),
            FuncId = id,
            Origin = "direct",
            ExecMode = "async",
            Kwargs = kwargs,
            TimeoutSeconds = timeout,
            ExpireSeconds = timeout * options.TimeoutToExpireScale,
            MaxAttempts = function.MaxAttempts ?? 2,
            SaveResult = given.GetProperty("saveResult").ValueKind == JsonValueKind.True,
            ChainJson = chain.ToJson(),
        });
        return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(added.TaskId));
    }

    private static int? Timeout(JsonElement given) => given.TryGetProperty("timeout", out var timeout) && timeout.ValueKind == JsonValueKind.Number ? timeout.GetInt32() : null;
}
