namespace Dff.Grains.Batches;

[GenerateSerializer, Alias("dff.batch-state")]
public sealed class BatchState
{
    [Id(0)] public string FuncId { get; set; } = "";

    [Id(1)] public string FuncCallKwargsJson { get; set; } = "{}";

    [Id(2)] public string? TagsJson { get; set; }

    [Id(3)] public string Origin { get; set; } = "API";

    [Id(4)] public bool ShowInDoc { get; set; }

    [Id(5)] public bool IsDisabled { get; set; }

    [Id(6)] public string? Note { get; set; }

    [Id(7)] public int? TaskRecordLimit { get; set; }

    [Id(8)] public DateTimeOffset CreateTime { get; set; }

    [Id(9)] public DateTimeOffset UpdateTime { get; set; }

    [Id(10)] public string? ApiAuthId { get; set; }

    /// <summary>The job that added it.</summary>
    [Id(11)] public string? JobId { get; set; }
}
