using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Dff.Web.Tasks;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Functions;

/// <summary>Calls functions synchronously: which queue, how long, from the cache or by a worker, and what its failure means to the caller.</summary>
public sealed class FunctionCaller(IFunctionWorkers workers, WorkerOptions options, ResultCache cache, IResultFiles files, HttpRequestContext requests, RunFeeds feeds, TimeProvider time)
{
    // A function's own timeout ends at the same moment as the caller's patience: its word is the better answer.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <exception cref="DffException">EFuncFailed, EFuncTimeout, EAPITimeout …: whatever kept the function from a result.</exception>
    public Task<CallResult> CallAsync(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, string origin, string? originId) => feeds.EndAfterAsync(
        call.TaskId,
        http,
        () => CallCachedAsync(http, function, kwargs, call, origin, originId),
        result => ApiAnswer.OfJson(RawResult.AsData(result.Outcome, call.Returns)));

    /// <summary>Runs a draft, or only loads it.</summary>
    public async Task<FunctionOutcome> RunDraftAsync(HttpContext http, DraftCall draft)
    {
        var limit = TimeSpan.FromSeconds(options.DebugTimeout);
        var taskId = draft.FeedId ?? Guid.NewGuid().ToString();
        return await workers.CallAsync(options.DebugQueue, new FunctionCall
        {
            ScriptId = draft.ScriptId,
            FunctionName = draft.FunctionName,
            Kwargs = draft.Kwargs,
            Context = Context(http, draft.ScriptId, draft.FunctionName ?? "", options.DebugQueue, "direct", null, taskId, isDraft: true),
            Returns = draft.FunctionName is null ? FunctionReturns.None : draft.Returns,
            Timeout = limit,
            WaitLimit = limit,
            DraftCode = draft.Code,
            WantsFacts = true,
            FeedId = draft.FeedId,
        });
    }

    private async Task<CallResult> CallCachedAsync(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, string origin, string? originId)
    {
        var returns = call.Returns;
        if (function.CacheResultSeconds is { } seconds)
        {
            var key = ResultCache.KeyOf(function, kwargs, returns);
            // A file may have gone with its node.
            if (cache.Find(key) is { } cached && (cached.File is null || await files.KeepAsync(cached.File, TimeSpan.Zero))) return new CallResult(cached, IsCached: true) { IsKept = true };
            var fresh = await RunAsync(http, function, kwargs, call, origin, originId);
            var isKept = fresh.File is null || await files.KeepAsync(fresh.File, TimeSpan.FromSeconds(Math.Min(seconds, ResultCache.LongestSeconds)));
            if (isKept) cache.Keep(key, fresh, seconds);
            return new CallResult(fresh, IsCached: false) { IsKept = isKept };
        }

        return new CallResult(await RunAsync(http, function, kwargs, call, origin, originId), IsCached: false);
    }

    private async Task<FunctionOutcome> RunAsync(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, string origin, string? originId)
    {
        var apiTimeout = TimeSpan.FromSeconds(call.ApiTimeout ?? function.ApiTimeoutSeconds ?? options.DefaultApiTimeout);
        var timeout = TimeSpan.FromSeconds(call.Timeout ?? function.TimeoutSeconds ?? options.DefaultTimeout);
        // Ended because nobody waits any longer, and not by a time of its own.
        var isCutShort = timeout > apiTimeout;
        if (isCutShort) timeout = apiTimeout;
        var queue = function.Queue ?? options.DefaultQueue;
        var taskId = call.TaskId ?? Guid.NewGuid().ToString();
        var running = workers.CallAsync(queue, new FunctionCall
        {
            ScriptId = function.ScriptId,
            FunctionName = function.Name,
            Kwargs = kwargs,
            Context = Context(http, function.ScriptId, function.Name, queue, origin, originId, taskId, isDraft: false),
            Returns = call.Returns,
            Timeout = timeout,
            WaitLimit = apiTimeout,
            FeedId = call.TaskId,
            TakesFile = true,
            HidesArguments = call.HidesArguments,
        });
        FunctionOutcome outcome;
        try
        {
            outcome = running.IsCompleted ? await running : await running.WaitAsync(apiTimeout + Grace, time, CancellationToken.None);
        }
        catch (TimeoutException) when (!running.IsFaulted)
        {
            throw WaitedTooLong(apiTimeout, taskId, null);
        }

        return outcome.Kind switch
        {
            FunctionOutcomeKind.Succeeded => outcome,
            FunctionOutcomeKind.NotStarted => throw WaitedTooLong(apiTimeout, taskId, null),
            FunctionOutcomeKind.TimedOut when isCutShort => throw WaitedTooLong(apiTimeout, taskId, outcome.ErrorInfo),
            _ => throw Failure(outcome, function.Id, taskId),
        };
    }

    private static DffException WaitedTooLong(TimeSpan apiTimeout, string taskId, string? errorInfo) =>
        new(ErrorReason.ApiTimeout, $"The function had not ended after {apiTimeout.TotalSeconds:0} s (options.apiTimeout)", new { id = taskId, taskId, einfoTEXT = errorInfo });

    private byte[] Context(HttpContext http, string scriptId, string functionName, int queue, string origin, string? originId, string taskId, bool isDraft) => new FunctionContext
    {
        TaskId = taskId,
        ScriptId = scriptId,
        FunctionName = functionName,
        Origin = origin,
        OriginId = originId,
        ExecMode = "sync",
        TriggerTime = time.GetUtcNow(),
        Queue = queue,
        IsDraft = isDraft,
        HttpRequest = requests.Write(http),
    }.ToJson();

    private static DffException Failure(FunctionOutcome outcome, string functionId, string taskId) => outcome.Kind switch
    {
        FunctionOutcomeKind.Raised => new DffException(ErrorReason.FuncFailed, outcome.ErrorMessage, new { id = taskId, etype = outcome.ErrorType, einfoTEXT = outcome.ErrorInfo }),
        FunctionOutcomeKind.TimedOut => new DffException(ErrorReason.FuncTimeout, outcome.ErrorMessage, new { id = taskId, etype = outcome.ErrorType, einfoTEXT = outcome.ErrorInfo }),
        FunctionOutcomeKind.ResultUnusable => new DffException(ErrorReason.FuncResultParsingFailed, outcome.ErrorMessage, new { id = taskId, etype = outcome.ErrorType }),
        FunctionOutcomeKind.NotFound => new DffException(ErrorReason.ClientNotFound, $"No such function: {functionId} ({outcome.ErrorMessage})", new { funcId = functionId }),
        FunctionOutcomeKind.Congested => new DffException(ErrorReason.WorkerQueueCongestion, outcome.ErrorMessage, new { waiting = outcome.Waiting }),
        _ => new DffException(ErrorReason.FuncFailed, outcome.ErrorMessage, new { id = taskId, etype = outcome.ErrorType, einfoTEXT = outcome.ErrorMessage }),
    };
}

/// <param name="IsCached">The function was not run.</param>
public readonly record struct CallResult(FunctionOutcome Outcome, bool IsCached)
{
    /// <summary>The answer's file stays for further answers.</summary>
    public bool IsKept { get; init; }
}
