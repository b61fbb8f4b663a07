using Dff.Storage.Lists;

namespace Dff.Storage.Records;

/// <summary>What one run of a published function printed, or how it failed.</summary>
public abstract record ScriptRecordRow : FunctionJoin
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    /// <summary>The ID of the call or of the queued task.</summary>
    public string? TaskId { get; init; }

    public string FuncId { get; init; } = "";

    public int ScriptPublishVersion { get; init; }

    /// <summary>sync, async or crontab.</summary>
    public string ExecMode { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

public sealed record ScriptLogRow : ScriptRecordRow
{
    /// <summary>What was printed, a line each; cut where it is very long.</summary>
    public string MessageTEXT { get; init; } = "";
}

public sealed record ScriptFailureRow : ScriptRecordRow
{
    /// <summary>The traceback, or what else is known.</summary>
    public string EinfoTEXT { get; init; } = "";

    /// <summary>The type of the error, like <c>ValueError</c>.</summary>
    public string? Exception { get; init; }

    public RawJson? TraceInfoJSON { get; init; }

    public string? Note { get; init; }
}
