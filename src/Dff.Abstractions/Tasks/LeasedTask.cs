using Dff.Abstractions.Functions;

namespace Dff.Abstractions.Tasks;

/// <summary>An attempt that has begun: it counts, whether the silo runs it or not.</summary>
[GenerateSerializer, Immutable, Alias("dff.leased-task")]
public sealed record LeasedTask
{
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>Tells this attempt from any other of the task; attempts that were handed back count here.</summary>
    [Id(1)] public required int Attempt { get; init; }

    [Id(2)] public required string FuncId { get; init; }

    [Id(3)] public required string Origin { get; init; }

    [Id(4)] public string? OriginId { get; init; }

    [Id(5)] public required string ExecMode { get; init; }

    /// <summary>JSON object.</summary>
    [Id(6)] public required string KwargsJson { get; init; }

    [Id(7)] public string? HttpRequestJson { get; init; }

    [Id(8)] public required FunctionReturns Returns { get; init; }

    [Id(9)] public required int TimeoutSeconds { get; init; }

    [Id(10)] public required DateTimeOffset QueueTime { get; init; }

    /// <summary>1, 2, 3 …: as the script sees it; what was handed back does not count.</summary>
    [Id(11)] public required int Number { get; init; }

    /// <summary>JSON of the <see cref="TaskChain"/>; null: it was called from outside.</summary>
    [Id(12)] public string? ChainJson { get; init; }

    /// <summary>As <see cref="NewTask.TriggerTime"/>.</summary>
    [Id(30)] public DateTimeOffset? TriggerTime { get; init; }

    [Id(31)] public string? Crontab { get; init; }
}

public enum AttemptEnd
{
    /// <summary>The function came to an end of its own: <see cref="EndedAttempt.Status"/> says to which.</summary>
    Ended,

    /// <summary>The worker was lost under it; how far it came is not known.</summary>
    WorkerLost,

    /// <summary>Nothing of it ran, or the node stops: it does not count.</summary>
    HandedBack,
}

/// <summary>How an attempt ended.</summary>
[GenerateSerializer, Immutable, Alias("dff.ended-attempt")]
public sealed record EndedAttempt
{
    [Id(0)] public required string TaskId { get; init; }

    [Id(1)] public required int Attempt { get; init; }

    [Id(2)] public required AttemptEnd End { get; init; }

    /// <summary>success, failure or timeout.</summary>
    [Id(3)] public string Status { get; init; } = RunStatus.Failure;

    [Id(4)] public int? ScriptPublishVersion { get; init; }

    /// <summary>The forms of the result that were asked for; null: there is none.</summary>
    [Id(5)] public byte[]? Raw { get; init; }

    [Id(6)] public byte[]? Repr { get; init; }

    [Id(7)] public byte[]? JsonDumps { get; init; }

    [Id(8)] public string? ErrorType { get; init; }

    [Id(9)] public string? EinfoText { get; init; }

    [Id(10)] public string? Log { get; init; }

    [Id(11)] public string? Stack { get; init; }

    [Id(12)] public string? TraceInfoJson { get; init; }

    /// <summary>How long the function ran.</summary>
    [Id(13)] public TimeSpan Cost { get; init; }

    /// <summary>Bytes to send, roughly.</summary>
    public int Size => 512 + (Raw?.Length ?? 0) + (Repr?.Length ?? 0) + (JsonDumps?.Length ?? 0) + (2 * ((Log?.Length ?? 0) + (Stack?.Length ?? 0) + (TraceInfoJson?.Length ?? 0)));
}
