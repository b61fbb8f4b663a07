using Dff.Abstractions.Crontab;
using Dff.Abstractions.Tasks;

namespace Dff.Storage.Tasks;

/// <summary>One change of one task, to be committed together with others.</summary>
public abstract record TaskWrite(string TaskId)
{
    /// <summary>Bytes that the change carries, roughly.</summary>
    public virtual int Size => 256;
}

/// <summary>The task is put into the queue.</summary>
public sealed record TaskInsert(NewTask Task, DateTimeOffset QueueTime) : TaskWrite(Task.TaskId)
{
    /// <summary>The silo on which its first attempt begins in the same moment; null: it waits.</summary>
    public string? Silo { get; init; }

    public DateTimeOffset DueTime => Task.Eta is { } eta && eta > QueueTime ? eta : QueueTime;

    public override int Size => 512 + Task.Kwargs.Length + (Task.HttpRequest?.Length ?? 0);
}

/// <summary>The cursor of a crontab config moves, with all that belongs to it.</summary>
public sealed record CrontabMove(CrontabAdvance Advance, DateTimeOffset QueueTime) : TaskWrite("crontab " + Advance.ConfigId)
{
    public IReadOnlyList<TaskInsert> Inserts { get; } = [.. Advance.Tasks().Select(task => new TaskInsert(task, QueueTime))];

    public override int Size => 512 + Inserts.Sum(insert => insert.Size);
}

/// <param name="Added">The IDs of the runs that were put into the queue.</param>
public sealed record CrontabMoved(CrontabAdvanced Answer, IReadOnlySet<string> Added);

/// <summary>An attempt begins on a silo. Nothing of it may run before this is committed.</summary>
public sealed record TaskBegin(string TaskId, int Attempt, string Silo, DateTimeOffset StartTime) : TaskWrite(TaskId);

/// <summary>The task waits again.</summary>
public sealed record TaskPutBack(string TaskId, int Losses, int HandBacks, DateTimeOffset DueTime) : TaskWrite(TaskId);

/// <summary>The task reaches a terminal status.</summary>
public sealed record TaskFinish(string TaskId, string Status, DateTimeOffset EndTime) : TaskWrite(TaskId)
{
    public int Losses { get; init; }

    public int? ScriptPublishVersion { get; init; }

    public string? ErrorType { get; init; }

    public string? EinfoTEXT { get; init; }

    public TaskResultRow? Result { get; init; }

    /// <summary>When the result goes; null: with the task.</summary>
    public DateTimeOffset? ResultExpireTime { get; init; }

    public TaskLogRow? Log { get; init; }

    public override int Size => 256 + (Result?.Raw?.Length ?? 0) + (Result?.Repr?.Length ?? 0) + (Result?.JsonDumps?.Length ?? 0)
        + (2 * ((Log?.LogMessageTEXT?.Length ?? 0) + (Log?.StackTEXT?.Length ?? 0) + (Log?.TraceInfoJSON?.Length ?? 0)));
}

public enum InsertOutcome
{
    Added,

    /// <summary>The idempotency key, or an ID of our own, is known: the task is there already.</summary>
    Repeated,

    /// <summary>The ID that the caller chose belongs to another task.</summary>
    IdTaken,

    /// <summary>The idempotency key came with another content.</summary>
    KeyReused,
}

/// <param name="TaskId">The task that is there now.</param>
public readonly record struct InsertResult(InsertOutcome Outcome, string TaskId);

/// <summary>Another activation has taken the queue over: this one may write nothing any more.</summary>
public sealed class StaleEpochException(int queue, long epoch) : Exception($"queue {queue} has been taken over from epoch {epoch}");
