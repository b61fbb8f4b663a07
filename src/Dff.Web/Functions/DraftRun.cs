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

    private static object Data(FunctionOutcome outcome, bool hasResult)
    {
        var hasSucceeded = outcome.Kind == FunctionOutcomeKind.Succeeded;
        return new
        {
            result = new
            {
                exportedAPIFuncs = outcome.Facts.IsEmpty ? (RawJson?)null : Json(outcome.Facts),
                logMessages = outcome.Log,
                plotCharts = (object?)null,
                funcResult = hasSucceeded && hasResult
                    ? new
                    {
                        raw = Json(outcome.Raw),
                        repr = Encoding.UTF8.GetString(outcome.Repr.Span),
                        jsonDumps = Encoding.UTF8.GetString(outcome.JsonDumps.Span),
                        cost = Math.Round(outcome.Cost.TotalSeconds, 6),
                    }
                    : null,
            },
            traceInfo = outcome.TraceInfo.IsEmpty ? (RawJson?)null : Json(outcome.TraceInfo),
            stack = outcome.Stack.Length == 0 ? null : outcome.Stack,
        };
    }

    private static DffException Failure(FunctionOutcome outcome, string funcId, object data) => outcome.Kind switch
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
