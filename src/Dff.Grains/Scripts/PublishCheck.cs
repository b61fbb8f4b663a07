using System.Text;
using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;

namespace Dff.Grains.Scripts;

/// <summary>Executes a draft once in a worker process, and answers which functions it exports.</summary>
public sealed class PublishCheck(IFunctionWorkers workers, WorkerOptions options)
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
        var outcome = await workers.CallAsync(options.DebugQueue, call);
        // Ended from outside, not by the draft: that says nothing about it.
        if (outcome.Kind == FunctionOutcomeKind.WorkerLost) outcome = await workers.CallAsync(options.DebugQueue, call);
        if (outcome.Kind != FunctionOutcomeKind.Succeeded) throw Refusal(outcome);
        return Encoding.UTF8.GetString(outcome.Facts.Span);
    }

    private static DffException Refusal(FunctionOutcome outcome)
    {
        if (outcome.Kind is FunctionOutcomeKind.Congested or FunctionOutcomeKind.NotStarted)
            return new DffException(ErrorReason.WorkerQueueCongestion, "No worker process was free to check the script; try again", new { waiting = outcome.Waiting });
        if (outcome.ErrorType == "DuplicatedFuncException")
            return new DffException(ErrorReason.ClientDuplicated, LastLine(outcome.ErrorMessage), new { stack = outcome.Stack });
        var traceInfo = outcome.TraceInfo.IsEmpty ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(outcome.TraceInfo.Span);
        var detail = outcome.ErrorDetail.IsEmpty ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(outcome.ErrorDetail.Span);
        var message = outcome.Kind == FunctionOutcomeKind.TimedOut
            ? "The script did not finish loading in time"
            : $"The script does not load: {Place(detail)}{LastLine(outcome.ErrorMessage)}";
        return new DffException(ErrorReason.ScriptPreCheck, message, new { stack = outcome.Stack, traceInfo, etype = outcome.ErrorType, place = detail });
    }

    /// <summary>Where a syntax error is, which has no frame to tell it.</summary>
    private static string Place(JsonElement? detail) =>
        detail is { ValueKind: JsonValueKind.Object } facts && facts.TryGetProperty("line", out var line) && facts.TryGetProperty("column", out var column)
            ? $"line {line}, column {column}: "
            : "";

    private static string LastLine(string message) => message.TrimEnd().Split('\n')[^1];
}
