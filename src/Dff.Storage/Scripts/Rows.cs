using System.Text.Json.Serialization;

namespace Dff.Storage.Scripts;

/// <summary>The row of a script set as its grain writes it.</summary>
public sealed record ScriptSetProjection
{
    public required string Id { get; init; }

    public string? Title { get; init; }

    public string? Description { get; init; }

    public string? Requirements { get; init; }

    public bool IsPinned { get; init; }

    public string? LockedByUserId { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>Version of the grain's state; an older one never overwrites a newer one.</summary>
    public required long GrainVersion { get; init; }
}

public sealed record ScriptProjection
{
    public required string Id { get; init; }

    public required string ScriptSetId { get; init; }

    public string? Title { get; init; }

    public string? Description { get; init; }

    public int PublishVersion { get; init; }

    public string? Code { get; init; }

    public string? CodeMD5 { get; init; }

    public required string CodeDraft { get; init; }

    public required string CodeDraftMD5 { get; init; }

    public string? LockedByUserId { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    public IReadOnlyList<FuncProjection> Functions { get; init; } = [];

    public string? PublishNote { get; init; }

    public DateTimeOffset? PublishTime { get; init; }

    public required long GrainVersion { get; init; }
}

public sealed record FuncProjection
{
    public required string Id { get; init; }

    public required string ScriptSetId { get; init; }

    public required string ScriptId { get; init; }

    public required string Name { get; init; }

    public string? Title { get; init; }

    public string? Description { get; init; }

    public required string Definition { get; init; }

    public RawJson? ArgsJSON { get; init; }

    public RawJson? KwargsJSON { get; init; }

    public RawJson? ExtraConfigJSON { get; init; }

    public string Category { get; init; } = "general";

    public string? Integration { get; init; }

    public RawJson? TagsJSON { get; init; }

    public int DefOrder { get; init; }
}

public sealed record ScriptSetRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string? Title { get; init; }

    public string? Description { get; init; }

    public string? Requirements { get; init; }

    public bool IsPinned { get; init; }

    public string? LockedByUserId { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>Left out unless asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ScriptRow>? Scripts { get; init; }
}

public sealed record ScriptRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string ScriptSetId { get; init; } = "";

    public string? Title { get; init; }

    public string? Description { get; init; }

    public int PublishVersion { get; init; }

    public string Type { get; init; } = "python";

    /// <summary>Left out of lists unless asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Code { get; init; }

    public string? CodeMD5 { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CodeDraft { get; init; }

    public string? CodeDraftMD5 { get; init; }

    public string? LockedByUserId { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    [JsonPropertyName("sset_id")] public string? SsetId { get; init; }

    [JsonPropertyName("sset_title")] public string? SsetTitle { get; init; }

    [JsonPropertyName("sset_description")] public string? SsetDescription { get; init; }

    [JsonPropertyName("sset_lockedByUserId")] public string? SsetLockedByUserId { get; init; }
}

public sealed record FuncRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string ScriptSetId { get; init; } = "";

    public string ScriptId { get; init; } = "";

    public string Name { get; init; } = "";

    public string? Title { get; init; }

    public string? Description { get; init; }

    public string? Definition { get; init; }

    public RawJson? ArgsJSON { get; init; }

    public RawJson? KwargsJSON { get; init; }

    public RawJson? ExtraConfigJSON { get; init; }

    public string? Category { get; init; }

    public string? Integration { get; init; }

    public RawJson? TagsJSON { get; init; }

    public int DefOrder { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    [JsonPropertyName("scpt_title")] public string? ScptTitle { get; init; }

    [JsonPropertyName("scpt_description")] public string? ScptDescription { get; init; }

    [JsonPropertyName("scpt_publishVersion")] public int ScptPublishVersion { get; init; }

    [JsonPropertyName("sset_title")] public string? SsetTitle { get; init; }

    [JsonPropertyName("sset_description")] public string? SsetDescription { get; init; }
}

/// <summary>One published version of a script.</summary>
public sealed record PublishHistoryRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string ScriptId { get; init; } = "";

    public int ScriptPublishVersion { get; init; }

    public string? Note { get; init; }

    /// <summary>Null where it was not read.</summary>
    [JsonPropertyName("scriptCode_cache"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ScriptCodeCache { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>What calls need of a published function.</summary>
public sealed record FuncFactsRow
{
    public string Id { get; init; } = "";

    public string ScriptId { get; init; } = "";

    public string Name { get; init; } = "";

    public int PublishVersion { get; init; }

    public RawJson? ExtraConfigJSON { get; init; }

    public string? Integration { get; init; }
}

public sealed record PublishedVersionRow
{
    public string Id { get; init; } = "";

    public int PublishVersion { get; init; }

    public string? CodeMD5 { get; init; }
}

public sealed record ScriptOfSetRow
{
    public string Id { get; init; } = "";

    public string? LockedByUserId { get; init; }
}
