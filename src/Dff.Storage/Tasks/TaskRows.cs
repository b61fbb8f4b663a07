using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;

namespace Dff.Storage.Tasks;

/// <summary>What a queue must know of a task that has not finished, without what it carries.</summary>
public sealed record UnfinishedTask
{
    public string Id { get; init; } = "";

    public string Status { get; init; } = "";

    public int Priority { get; init; }

    /// <summary>Not before.</summary>
    public DateTimeOffset DueTime { get; init; }

    public int? ExpireSeconds { get; init; }

    public int MaxAttempts { get; init; }

    public int Retries { get; init; }

    public int RetryDelaySeconds { get; init; }

    /// <summary>Attempts that began.</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts that began and never ended.</summary>
    public int Losses { get; init; }

    /// <summary>Attempts that were given back, which do not count.</summary>
    public int HandBacks { get; init; }

    public bool SaveResult { get; init; }

    /// <summary>Who runs it, where it runs.</summary>
    public string? Silo { get; init; }
}

/// <summary>What a task carries: all that running it takes.</summary>
public sealed record TaskPayload
{
    public string Id { get; init; } = "";

    public string FuncId { get; init; } = "";

    public string Origin { get; init; } = "";

    public string? OriginId { get; init; }

    public string ExecMode { get; init; } = "";

    public string KwargsJSON { get; init; } = "";

    public string? HttpRequestJSON { get; init; }

    public FunctionReturns ReturnForms { get; init; }

    public int TimeoutSeconds { get; init; }

    public DateTimeOffset QueueTime { get; init; }

    public string? ChainJSON { get; init; }

    public DateTimeOffset? TriggerTime { get; init; }

    public string? Crontab { get; init; }
}

/// <summary>A task as it is shown.</summary>
public sealed record TaskRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public int Queue { get; init; }

    public string Status { get; init; } = "";

    public int Priority { get; init; }

    public DateTimeOffset DueTime { get; init; }

    public string FuncId { get; init; } = "";

    public int? ScriptPublishVersion { get; init; }

    public string Origin { get; init; } = "";

    public string? OriginId { get; init; }

    public string ExecMode { get; init; } = "";

    public RawJson KwargsJSON { get; init; }

    public FunctionReturns ReturnForms { get; init; }

    public int TimeoutSeconds { get; init; }

    public bool SaveResult { get; init; }

    public int Attempt { get; init; }

    public int HandBacks { get; init; }

    public DateTimeOffset QueueTime { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    public string? ErrorType { get; init; }

    public string? EinfoTEXT { get; init; }

    /// <summary>It answered something, which is still kept, in the forms that were asked for.</summary>
    public bool HasResult { get; init; }

    public byte[]? Raw { get; init; }

    public byte[]? Repr { get; init; }

    public byte[]? JsonDumps { get; init; }

    public string? LogMessageTEXT { get; init; }

    public bool IsFinished => RunStatus.IsFinished(Status);
}

/// <summary>What a task answered, in the forms that were asked for.</summary>
public sealed record TaskResultRow
{
    public byte[]? Raw { get; init; }

    public byte[]? Repr { get; init; }

    public byte[]? JsonDumps { get; init; }
}

public sealed record TaskLogRow
{
    public string? LogMessageTEXT { get; init; }

    public string? StackTEXT { get; init; }

    public string? TraceInfoJSON { get; init; }
}
