using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Storage;
using Dff.Storage.Tasks;
using Dff.Web.Api;
using Dff.Web.Functions;

namespace Dff.Web.Tasks;

/// <summary>What became of tasks, from the store, on every node alike.</summary>
public sealed class TaskResults(TaskRepository rows, IGrainFactory grains, TimeProvider time)
{
    // Well below the time that a grain call may take; asked again until the caller's patience ends.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads the task when it has finished, or after <paramref name="limit"/>.</summary>
    /// <returns>Null: there is no such task.</returns>
    public async Task<TaskRow?> FindAsync(string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var row = await rows.FindAsync(id, time.GetUtcNow(), cancellationToken);
            var rest = limit - time.GetElapsedTime(began);
            if (row is null || row.IsFinished || rest <= TimeSpan.Zero) return row;
            await WaitAsync(row, rest < LongestWait ? rest : LongestWait, cancellationToken);
        }
    }

    public static FuncResultAnswer Answer(TaskRow row, string? returnType)
    {
        var outcome = Outcome(row);
        return new FuncResultAnswer
        {
            TaskId = row.Id,
            FuncId = row.FuncId,
            Request = new FuncResultRequest(row.FuncId, row.KwargsJSON),
            Status = RunStatus.OfVersion1(row.Status),
            TaskStatus = row.Status,
            Queue = row.Queue,
            Attempt = row.Attempt - row.HandBacks,
            ScriptPublishVersion = row.ScriptPublishVersion,
            QueueTime = row.QueueTime,
            StartTime = row.StartTime,
            EndTime = row.EndTime,
            Result = outcome is null ? null : new RawJson(Encoding.UTF8.GetString(Form(outcome, FormOf(row, returnType)).Span)),
            IsResultExpired = row.Status == RunStatus.Success && outcome is null,
            ErrorType = row.ErrorType,
            EinfoTEXT = row.EinfoTEXT,
            LogMessageTEXT = row.LogMessageTEXT,
        };
    }

    /// <summary>Null where there is none, or none any longer.</summary>
    public static FunctionOutcome? Outcome(TaskRow row) => row is { Status: RunStatus.Success, HasResult: true }
        ? new FunctionOutcome { Kind = FunctionOutcomeKind.Succeeded, Raw = row.Raw, Repr = row.Repr, JsonDumps = row.JsonDumps }
        : null;

    /// <summary>The form that is asked for, which must have been computed; without a wish the one that the call asked for.</summary>
    public static FunctionReturns FormOf(TaskRow row, string? returnType)
    {
        if (returnType is null) return row.ReturnForms;
        var wanted = new CallOptions { ReturnType = returnType }.Returns;
        return (row.ReturnForms & wanted) == wanted
            ? wanted
            : throw DffException.BadRequest("returnType", $"returnType: the call did not ask for {returnType} (options.returnType)");
    }

    private async Task WaitAsync(TaskRow row, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            // The queue forgets a task when its end is committed.
            await grains.Queue(row.Queue).WaitAsync(row.Id, limit).WaitAsync(cancellationToken);
        }
        catch (Exception error) when (error is Orleans.Runtime.OrleansException or TimeoutException or DffException)
        {
            // The queue is moving; its task is not lost, so it is asked again.
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private static ReadOnlyMemory<byte> Form(FunctionOutcome outcome, FunctionReturns form) => form switch
    {
        FunctionReturns.All => RawResult.AllForms(outcome),
        FunctionReturns.Repr => JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(outcome.Repr.Span), ApiJson.Options),
        FunctionReturns.JsonDumps => JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(outcome.JsonDumps.Span), ApiJson.Options),
        _ => JavaScriptNumber.Rewrite(outcome.Raw),
    };
}
