using Dff.Abstractions.Tasks;
using Dff.Storage;

namespace Dff.Web.Tasks;

/// <summary>A task, and what it answered.</summary>
public sealed record FuncResultAnswer
{
    public required string TaskId { get; init; }

    public required string FuncId { get; init; }

    public required FuncResultRequest Request { get; init; }

    /// <summary>queued, pending, success or failure.</summary>
    public required string Status { get; init; }

    /// <summary>queued, running, success, failure, timeout, cancelled, expired, skipped or lost.</summary>
    public required string TaskStatus { get; init; }

    public required int Queue { get; init; }

    /// <summary>Which attempt it is at: 0 before the first.</summary>
    public required int Attempt { get; init; }

    public int? ScriptPublishVersion { get; init; }

    public required DateTimeOffset QueueTime { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>In the form that was asked for; null where the task did not succeed, and where the result is not kept any longer.</summary>
    public RawJson? Result { get; init; }

    /// <summary>The result was kept for its time, which is over.</summary>
    public bool IsResultExpired { get; init; }

    public string? ErrorType { get; init; }

    /// <summary>Why it failed, the reason first.</summary>
    public string? EinfoTEXT { get; init; }

    public string? LogMessageTEXT { get; init; }
}

public sealed record FuncResultRequest(string FuncId, RawJson Kwargs);

public sealed record TaskCancelled(string Id);

/// <param name="Ready">Tasks that could begin.</param>
/// <param name="Scheduled">Tasks that wait for their moment.</param>
/// <param name="Limit">Beyond so many unfinished tasks the queue accepts no more.</param>
public sealed record WorkerQueueAnswer(int Queue, int Ready, int Scheduled, int Running, bool IsPaused, int Limit)
{
    public static WorkerQueueAnswer Of(QueueReport report) => new(report.Queue, report.Ready, report.Scheduled, report.Running, report.IsPaused, report.Limit);
}

public sealed record WorkerQueuesCleared(int Count);
