using System.Text.Json.Serialization;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;

namespace Dff.Storage.Batches;

public sealed record BatchProjection
{
    public required string Id { get; init; }

    public required string FuncId { get; init; }

    public required RawJson FuncCallKwargsJSON { get; init; }

    public RawJson? TagsJSON { get; init; }

    public required string Origin { get; init; }

    public bool ShowInDoc { get; init; }

    public bool IsDisabled { get; init; }

    public int? TaskRecordLimit { get; init; }

    public string? ApiAuthId { get; init; }

    public string? Note { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    public required long GrainVersion { get; init; }
}

public sealed record BatchRow : FunctionJoin
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string FuncId { get; init; } = "";

    public RawJson? FuncCallKwargsJSON { get; init; }

    public RawJson? TagsJSON { get; init; }

    public string? Origin { get; init; }

    public bool ShowInDoc { get; init; }

    public bool IsDisabled { get; init; }

    public int? TaskRecordLimit { get; init; }

    public string? ApiAuthId { get; init; }

    public string? Note { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>How many of its tasks there are; null where nobody asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TaskInfoCount { get; init; }
}

public sealed record BatchTaskInfoRow : TaskInfoRow
{
    public string BatchId { get; init; } = "";
}
