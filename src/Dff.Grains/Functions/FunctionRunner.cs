using System.Text;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Grains.Scripts;
using Dff.Grains.Tasks;
using Dff.Python;

namespace Dff.Grains.Functions;

/// <summary>Runs calls on the engine of this silo with the code that is published now. Not in the grain, because it need not wait for the grain's turn to go on.</summary>
public sealed class FunctionRunner(IPythonEngine engine, PublishedCode publishedCode, IChangeFeed changes, ResultFiles files, IGrainFactory grains)
{
    /// <param name="cancellationToken">Cancelled: the worker is killed.</param>
    public async Task<FunctionOutcome> RunAsync(int queue, FunctionCall call, CancellationToken cancellationToken)
    {
        await changes.EnsureCurrentAsync(cancellationToken).ConfigureAwait(false);
        // With the first line: most runs log nothing.
        TaskLog? log = null;
        var python = new PythonCall
        {
            Queue = queue,
            Code = publishedCode.Snapshot,
            ScriptId = call.ScriptId,
            FunctionName = call.FunctionName,
            // The null must say its type: a bare one would become an empty draft, by the conversion from byte[].
            DraftCode = call.DraftCode is { } draft ? Encoding.UTF8.GetBytes(draft) : (ReadOnlyMemory<byte>?)null,
            Kwargs = call.Kwargs,
            Context = call.Context,
            Returns = (ReturnForms)call.Returns,
            Timeout = call.Timeout,
            WaitLimit = call.WaitLimit,
            WantsFacts = call.WantsFacts,
            TakesStream = call.TakesFile,
            OnLog = call.FeedId is not { } feed ? null : chunk => (log ??= new TaskLog(grains.GetGrain<ITaskFeedGrain>(feed))).Add(LogLine(chunk)),
        };
        try
        {
            var outcome = await engine.CallAsync(python, cancellationToken).ConfigureAwait(false);
            return call.TakesFile && outcome.Kind == PythonOutcomeKind.Succeeded ? files.Attach(Convert(outcome), outcome) : Convert(outcome);
        }
        finally
        {
            if (log is not null) await log.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static FunctionOutcome Convert(PythonOutcome outcome) => new()
    {
        Kind = outcome.Kind switch
        {
            PythonOutcomeKind.Succeeded => FunctionOutcomeKind.Succeeded,
            PythonOutcomeKind.Raised => FunctionOutcomeKind.Raised,
            PythonOutcomeKind.TimedOut => FunctionOutcomeKind.TimedOut,
            PythonOutcomeKind.ResultUnusable => FunctionOutcomeKind.ResultUnusable,
            PythonOutcomeKind.NotFound => FunctionOutcomeKind.NotFound,
            PythonOutcomeKind.WorkerExited => FunctionOutcomeKind.WorkerExited,
            PythonOutcomeKind.Congested => FunctionOutcomeKind.Congested,
            PythonOutcomeKind.NotStarted => FunctionOutcomeKind.NotStarted,
            PythonOutcomeKind.WorkerLost or PythonOutcomeKind.Cancelled => FunctionOutcomeKind.WorkerLost,
            _ => throw new InvalidOperationException($"unknown outcome {outcome.Kind}"),
        },
        Raw = outcome.Raw,
        Repr = outcome.Repr,
        JsonDumps = outcome.JsonDumps,
        Body = outcome.Body,
        Response = outcome.Response,
        Facts = outcome.Facts,
        ErrorType = outcome.ErrorType,
        ErrorMessage = outcome.ErrorMessage,
        Stack = outcome.Stack,
        TraceInfo = outcome.TraceInfo,
        Log = outcome.Log.Count == 0 ? [] : outcome.Log.Select(LogLine).ToArray(),
        Cost = outcome.Cost,
        Waiting = outcome.Waiting,
        ErrorDetail = outcome.ErrorDetail,
    };

    private static string LogLine(LogChunk chunk) =>
        $"[{chunk.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}] {chunk.Text}";
}
