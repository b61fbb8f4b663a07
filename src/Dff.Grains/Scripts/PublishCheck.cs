using System.Text;
using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;

namespace Dff.Grains.Scripts;

/// <summary>Executes a draft once in a worker process, and answers which functions it exports.</summary>
public sealed class PublishCheck(IGrainFactory grains, WorkerOptions options)
{
    /// <returns>JSON array in the shape of <c>exportedAPIFuncs</c>.</returns>
    public async Task<string> RunAsync(string scriptId, string draft)
    {
        var timeout = TimeSpan.FromSeconds(options.DebugTimeout);
        var call = new FunctionCall
        {
            ScriptId = scriptId,
            Kwargs = "{}"u8.ToArray(),
            Context = FunctionContext.ForLoad(scriptId, options.DebugQueue),
            Returns = FunctionReturns.None,
            Timeout = timeout,
            WaitLimit = timeout,
            DraftCode = draft,
            WantsFacts = true,
        };
        var outcome = await grains.GetGrain<IFunctionWorkerGrain>(options.DebugQueue).CallAsync(call);
        if (outcome.Kind != FunctionOutcomeKind.Succeeded) throw Refusal(outcome);
        RequireDistinctNames(outcome.Facts);
        return Encoding.UTF8.GetString(outcome.Facts.Span);
    }

    private static DffException Refusal(FunctionOutcome outcome)
    {
        if (outcome.Kind is FunctionOutcomeKind.Congested or FunctionOutcomeKind.NotStarted)
            return new DffException(ErrorReason.WorkerQueueCongestion, "No worker process was free to check the script; try again", new { waiting = outcome.Waiting });
        var traceInfo = outcome.TraceInfo.IsEmpty ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(outcome.TraceInfo.Span);
        var message = outcome.Kind == FunctionOutcomeKind.TimedOut
            ? "The script did not finish loading in time"
            : $"The script does not load: {Place(outcome)}{LastLine(outcome.ErrorMessage)}";
        return new DffException(ErrorReason.ScriptPreCheck, message, new { stack = outcome.Stack, traceInfo, etype = outcome.ErrorType });
    }

    /// <summary>Where a syntax error is, which has no frame to tell it.</summary>
    private static string Place(FunctionOutcome outcome)
    {
        if (outcome.ErrorDetail.IsEmpty) return "";
        var detail = JsonSerializer.Deserialize<JsonElement>(outcome.ErrorDetail.Span);
        return detail.TryGetProperty("line", out var line) && detail.TryGetProperty("column", out var column) ? $"line {line}, column {column}: " : "";
    }

    private static string LastLine(string message) => message.TrimEnd().Split('\n')[^1];

    private static void RequireDistinctNames(ReadOnlyMemory<byte> facts)
    {
        using var document = JsonDocument.Parse(facts);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var function in document.RootElement.EnumerateArray())
        {
            var name = function.GetProperty("name").GetString()!;
            if (!names.Add(name))
                throw new DffException(ErrorReason.ClientDuplicated, $"The script exports two functions named {name}", new { funcName = name });
        }
    }
}
