using Dff.Abstractions.Crontab;

namespace Dff.Grains.Crontab;

/// <summary>The configuration alone: what has become of its moments stands in rows of the queue's database.</summary>
[GenerateSerializer, Alias("dff.crontab-config-state")]
public sealed class CrontabConfigState
{
    [Id(0)] public string FuncId { get; set; } = "";

    [Id(1)] public string FuncCallKwargsJson { get; set; } = "{}";

    [Id(2)] public string? Crontab { get; set; }

    [Id(3)] public string Timezone { get; set; } = "";

    [Id(4)] public CrontabPolicies Policies { get; set; } = new();

    [Id(5)] public DateTimeOffset? ExpireTime { get; set; }

    [Id(6)] public string Scope { get; set; } = "GLOBAL";

    [Id(7)] public string? TagsJson { get; set; }

    [Id(8)] public string Origin { get; set; } = "API";

    /// <summary>Null: it is enabled.</summary>
    [Id(9)] public DateTimeOffset? DisabledSince { get; set; }

    [Id(10)] public string? Note { get; set; }

    [Id(11)] public int? TaskRecordLimit { get; set; }

    [Id(12)] public bool SaveResult { get; set; }

    /// <summary>The function's <c>fixed_crontab</c> as this config last saw it: a schedule changes at a moment that is known.</summary>
    [Id(13)] public string? FixedCrontab { get; set; }

    /// <summary>Moments until then are none of this schedule.</summary>
    [Id(14)] public DateTimeOffset ScheduledSince { get; set; }

    [Id(15)] public DateTimeOffset CreateTime { get; set; }

    [Id(16)] public DateTimeOffset UpdateTime { get; set; }

    /// <summary>Of function, arguments, expression and zone.</summary>
    [Id(17)] public string ConfigMD5 { get; set; } = "";

    /// <summary>The job that added it.</summary>
    [Id(18)] public string? JobId { get; set; }

    public string? Expression => FixedCrontab ?? Crontab;

    public CrontabConfigState Copy() => (CrontabConfigState)MemberwiseClone();
}
