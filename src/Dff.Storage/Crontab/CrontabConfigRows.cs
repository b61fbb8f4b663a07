using System.Text.Json.Serialization;
using Dff.Storage.Lists;

namespace Dff.Storage.Crontab;

public sealed record CrontabConfigProjection
{
    public required string Id { get; init; }

    public required string FuncId { get; init; }

    public required RawJson FuncCallKwargsJSON { get; init; }

    public string? Crontab { get; init; }

    public string? FixedCrontab { get; init; }

    public required string Timezone { get; init; }

    public required string MisfirePolicy { get; init; }

    public required int MisfireGraceSeconds { get; init; }

    public required string OverlapPolicy { get; init; }

    public RawJson? TagsJSON { get; init; }

    public bool SaveResult { get; init; }

    public required string Scope { get; init; }

    public required string ConfigMD5 { get; init; }

    public DateTimeOffset? ExpireTime { get; init; }

    public required string Origin { get; init; }

    public bool IsDisabled { get; init; }

    public int? TaskRecordLimit { get; init; }

    public string? Note { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    public required long GrainVersion { get; init; }
}

public sealed record CrontabConfigRow : FunctionJoin
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string FuncId { get; init; } = "";

    public RawJson? FuncCallKwargsJSON { get; init; }

    /// <summary>The config's own; null where it leaves that to the function.</summary>
    public string? Crontab { get; init; }

    /// <summary>The later generation's name of <see cref="Crontab"/>.</summary>
    public string? CronExpr => Crontab;

    /// <summary>The function's <c>fixed_crontab</c>, which is in force where there is one.</summary>
    public string? FixedCrontab { get; init; }

    /// <summary>IANA name.</summary>
    public string Timezone { get; init; } = "";

    /// <summary>once, all or skip.</summary>
    public string MisfirePolicy { get; init; } = "";

    public int MisfireGraceSeconds { get; init; }

    /// <summary>skip, allow or queue.</summary>
    public string OverlapPolicy { get; init; } = "";

    public RawJson? TagsJSON { get; init; }

    public bool SaveResult { get; init; }

    public string Scope { get; init; } = "";

    [JsonPropertyName("configMD5")] public string ConfigMD5 { get; init; } = "";

    public DateTimeOffset? ExpireTime { get; init; }

    public string? Origin { get; init; }

    public bool IsDisabled { get; init; }

    public int? TaskRecordLimit { get; init; }

    public string? Note { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>Its tasks that are kept; null where <c>_withTaskInfoCount</c> did not ask for it.</summary>
    public long? TaskInfoCount { get; init; }

    /// <summary>Scheduled moments that its skip records cover; null as above.</summary>
    public long? SkipCount { get; init; }
}
