using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Web.Api;

namespace Dff.Web.Functions;

/// <summary>Runs the draft of a script as its author sees it: result in all forms, log, exported functions, traceback.</summary>
public sealed class DraftRun(IGrainFactory grains, FunctionCaller caller)
{
    public async Task<ApiAnswer> RunAsync(ApiContext context)
    {
        var funcId = context.RouteValue("funcId");
        var dot = funcId.IndexOf('.', StringComparison.Ordinal);
        var (scriptId, functionName) = dot < 0 ? (funcId, null) : (funcId[..dot], funcId[(dot + 1)..]);
        ScriptIds.RequireScriptId(scriptId, "funcId");
        var call = CallOptions.Read(context.Body.TryGetProperty("options", out var given) ? given : default);
        call.RequireSynchronous("options.execMode: drafts run synchronously");
        var kwargs = Kwargs.Of(context.Body.TryGetProperty("kwargs", out var arguments) ? arguments : default);
        var draft = await grains.GetGrain<IScriptGrain>(scriptId).GetDraftAsync();
        var outcome = await caller.RunDraftAsync(context.Http, scriptId, functionName, draft.Code, kwargs, call.TaskId ?? Guid.NewGuid().ToString());
        var data = Data(outcome, functionName is not null);
        return outcome.Kind == FunctionOutcomeKind.Succeeded ? ApiAnswer.Of(data) : throw Failure(outcome, funcId, data);
    }

    private static DraftAnswer Data(FunctionOutcome outcome, bool hasResult)
    {
        var hasSucceeded = outcome.Kind == FunctionOutcomeKind.Succeeded;
        var funcResult = hasSucceeded && hasResult
            ? new DraftFuncResult(
                Json(outcome.Raw), Encoding.UTF8.GetString(outcome.Repr.Span), Encoding.UTF8.GetString(outcome.JsonDumps.Span), Math.Round(outcome.Cost.TotalSeconds, 6))
            : null;
        return new DraftAnswer(
            new DraftResult(outcome.Facts.IsEmpty ? null : Json(outcome.Facts), outcome.Log, null, funcResult),
            outcome.TraceInfo.IsEmpty ? null : Json(outcome.TraceInfo),
            outcome.Stack.Length == 0 ? null : outcome.Stack);
    }

    private static DffException Failure(FunctionOutcome outcome, string funcId, DraftAnswer data) => outcome.Kind switch
    {
        FunctionOutcomeKind.NotFound => new DffException(ErrorReason.ClientNotFound, $"The draft has no function {funcId}", new { funcId }),
        FunctionOutcomeKind.Congested or FunctionOutcomeKind.NotStarted =>
            new DffException(ErrorReason.WorkerQueueCongestion, "No worker process was free for the draft; try again", new { waiting = outcome.Waiting }),
        _ => new DffException(
            ErrorReason.ScriptPreCheck,
            outcome.ErrorMessage,
            new { etype = outcome.ErrorType, stack = outcome.Stack, traceInfo = outcome.TraceInfo.IsEmpty ? (RawJson?)null : Json(outcome.TraceInfo) })
        {
            DataJson = JsonSerializer.Serialize(data, ApiJson.Options),
        },
    };

    private static RawJson Json(ReadOnlyMemory<byte> json) => new(Encoding.UTF8.GetString(json.Span));
}
