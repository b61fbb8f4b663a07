using Dff.Abstractions.Tasks;
using Dff.Storage.Lists;

namespace Dff.Storage.Tasks;

/// <summary>A task as its owner's list of tasks shows it.</summary>
public abstract record TaskInfoRow : FunctionJoin
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string FuncId { get; init; } = "";

    public int? ScriptPublishVersion { get; init; }

    public DateTimeOffset QueueTime { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>queued, pending, success or failure.</summary>
    public string Status => RunStatus.OfVersion1(TaskStatus);

    /// <summary>queued, running, success, failure, timeout, cancelled, expired, skipped or lost.</summary>
    public string TaskStatus { get; init; } = "";

    public string? LogMessageTEXT { get; init; }

    /// <summary>Why it failed, the reason first.</summary>
    public string? EinfoTEXT { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}
