using System.Globalization;
using System.Text;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Abstractions.Tasks;
using Dff.Grains.Functions;

namespace Dff.Grains.Tasks;

/// <summary>Runs one attempt of a task on this silo, and says how it ended.</summary>
public sealed class TaskRun(FunctionRunner runner, IFunctionCatalog functions, IGrainFactory grains)
{
    private const int LargestResult = 16 * 1024 * 1024;

    /// <param name="waitLimit">How long it may wait for a process before it is handed back.</param>
    /// <param name="cancellationToken">Cancelled: the worker is killed, and the attempt handed back.</param>
    public async Task<EndedAttempt> RunAsync(int queue, LeasedTask task, TimeSpan waitLimit, CancellationToken cancellationToken)
    {
        try
        {
            if (await functions.FindAsync(task.FuncId, cancellationToken).ConfigureAwait(false) is not { } function)
                return Ended(task, RunStatus.Failure, "NotFound", $"No such function: {task.FuncId}");
            var outcome = await runner.RunAsync(queue, Call(queue, task, waitLimit), cancellationToken).ConfigureAwait(false);
            // Tasks are many, and hardly any is followed: what they logged goes to the store with their end.
            if (outcome.Log.Count > 0) grains.GetGrain<ITaskFeedGrain>(task.TaskId).ReleaseAsync().Ignore();
            return Convert(task, outcome, cancellationToken.IsCancellationRequested) with { ScriptPublishVersion = function.PublishVersion, Cost = outcome.Cost };
        }
        catch (Exception error) when (error is DffException || cancellationToken.IsCancellationRequested)
        {
            // This silo is cut off from the store, or stops: nothing ran.
            return HandedBack(task, error.Message);
        }
    }

    /// <summary>Nothing of the attempt ran, or it was ended with its node.</summary>
    public static EndedAttempt HandedBack(LeasedTask task, string why) => new() { TaskId = task.TaskId, Attempt = task.Attempt, End = AttemptEnd.HandedBack, EinfoText = why };

    private static FunctionCall Call(int queue, LeasedTask task, TimeSpan waitLimit)
    {
        var dot = task.FuncId.IndexOf('.', StringComparison.Ordinal);
        var (scriptId, function) = (task.FuncId[..dot], task.FuncId[(dot + 1)..]);
        return new FunctionCall
        {
            ScriptId = scriptId,
            FunctionName = function,
            Kwargs = Encoding.UTF8.GetBytes(task.KwargsJson),
            Context = new FunctionContext
            {
                TaskId = task.TaskId,
                ScriptId = scriptId,
                FunctionName = function,
                Origin = task.Origin,
                OriginId = task.OriginId,
                ExecMode = task.ExecMode,
                TriggerTime = task.TriggerTime ?? task.QueueTime,
                Crontab = task.Crontab,
                Queue = queue,
                Attempt = task.Number,
                Chain = task.ChainJson is { } chain ? TaskChain.Parse(chain) : null,
                HttpRequest = task.HttpRequestJson is { } request ? Encoding.UTF8.GetBytes(request) : default,
            }.ToJson(),
            Returns = task.Returns,
            Timeout = TimeSpan.FromSeconds(task.TimeoutSeconds),
            WaitLimit = waitLimit,
            FeedId = task.TaskId,
        };
    }

    private static EndedAttempt Convert(LeasedTask task, FunctionOutcome outcome, bool isCancelled)
    {
        switch (outcome.Kind)
        {
            case FunctionOutcomeKind.Congested or FunctionOutcomeKind.NotStarted:
                return HandedBack(task, outcome.ErrorMessage);
            case FunctionOutcomeKind.WorkerLost:
                return isCancelled ? HandedBack(task, outcome.ErrorMessage) : new EndedAttempt { TaskId = task.TaskId, Attempt = task.Attempt, End = AttemptEnd.WorkerLost, EinfoText = outcome.ErrorMessage };
            case FunctionOutcomeKind.Succeeded:
                var size = outcome.Raw.Length + outcome.Repr.Length + outcome.JsonDumps.Length;
                if (size <= LargestResult)
                {
                    return Ended(task, RunStatus.Success, null, null) with
                    {
                        Raw = Bytes(outcome.Raw),
                        Repr = Bytes(outcome.Repr),
                        JsonDumps = Bytes(outcome.JsonDumps),
                        Log = LogOf(outcome),
                    };
                }

                var text = string.Create(CultureInfo.InvariantCulture, $"The result has {size} bytes; at most {LargestResult} of a queued task can be kept");
                return Ended(task, RunStatus.Failure, nameof(FunctionOutcomeKind.ResultUnusable), text) with { Log = LogOf(outcome) };
            default:
                var status = outcome.Kind == FunctionOutcomeKind.TimedOut ? RunStatus.Timeout : RunStatus.Failure;
                return Ended(task, status, outcome.ErrorType, outcome.ErrorInfo) with
                {
                    Log = LogOf(outcome),
                    Stack = outcome.Stack.Length == 0 ? null : outcome.Stack,
                    TraceInfoJson = outcome.TraceInfo.IsEmpty ? null : Encoding.UTF8.GetString(outcome.TraceInfo.Span),
                };
        }
    }

    private static EndedAttempt Ended(LeasedTask task, string status, string? errorType, string? error) => new()
    {
        TaskId = task.TaskId,
        Attempt = task.Attempt,
        End = AttemptEnd.Ended,
        Status = status,
        ErrorType = errorType,
        EinfoText = error,
    };

    private static string? LogOf(FunctionOutcome outcome) => outcome.Log.Count == 0 ? null : string.Join('\n', outcome.Log);

    private static byte[]? Bytes(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? null : bytes.ToArray();
}
