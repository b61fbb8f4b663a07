using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Web.Api;
using Dff.Web.Tasks;

namespace Dff.Web.Functions;

/// <summary>Runs the draft of a script as its author sees it: result, log, exported functions, traceback.</summary>
public sealed class DraftRun(IGrainFactory grains, FunctionCaller caller, RunFeeds feeds)
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
        var run = new DraftCall(scriptId, functionName, draft.Code, kwargs)
        {
            Returns = call.ReturnType is null ? FunctionReturns.All : call.Returns,
            FeedId = call.TaskId,
        };
        return await feeds.EndAfterAsync(call.TaskId, context.Http, () => RunAsync(context, run, funcId), answer => answer);
    }

    private async Task<ApiAnswer> RunAsync(ApiContext context, DraftCall run, string funcId)
    {
        var outcome = await caller.RunDraftAsync(context.Http, run);
        var data = Data(outcome, run.FunctionName is not null);
        return outcome.Kind == FunctionOutcomeKind.Succeeded ? ApiAnswer.OfJson(JsonSerializer.SerializeToUtf8Bytes(data, ApiJson.Options)) : throw Failure(outcome, funcId, data);
    }

    private static DraftAnswer Data(FunctionOutcome outcome, bool hasResult)
    {
        var hasSucceeded = outcome.Kind == FunctionOutcomeKind.Succeeded;
        var funcResult = hasSucceeded && hasResult
            ? new DraftFuncResult(
                outcome.Raw.IsEmpty ? null : Json(outcome.Raw), TextOrNull(outcome.Repr), TextOrNull(outcome.JsonDumps), Math.Round(outcome.Cost.TotalSeconds, 6))
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
            new
            {
                etype = outcome.ErrorType,
                stack = outcome.Stack,
                traceInfo = outcome.TraceInfo.IsEmpty ? (RawJson?)null : Json(outcome.TraceInfo),
                place = outcome.ErrorDetail.IsEmpty ? (RawJson?)null : Json(outcome.ErrorDetail),
            })
        {
            DataJson = JsonSerializer.Serialize(data, ApiJson.Options),
        },
    };

    private static string? TextOrNull(ReadOnlyMemory<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text.Span);

    private static RawJson Json(ReadOnlyMemory<byte> json) => new(Encoding.UTF8.GetString(json.Span));
}

/// <summary>A run of a draft.</summary>
/// <param name="FunctionName">Null: the draft is only loaded.</param>
/// <param name="Kwargs">UTF-8 JSON object.</param>
public sealed record DraftCall(string ScriptId, string? FunctionName, string Code, byte[] Kwargs)
{
    public FunctionReturns Returns { get; init; } = FunctionReturns.All;

    /// <summary>The task ID by which the log can be followed; null: it cannot.</summary>
    public string? FeedId { get; init; }
}
