using Dff.Abstractions.Scripts;

namespace Dff.Abstractions.Batches;

/// <summary>A batch: a public URL that queues calls of one function with fixed arguments. Key: its ID as stored.</summary>
[Alias("dff.batch")]
public interface IBatchGrain : IGrainWithStringKey
{
    /// <summary>Throws EClientDuplicated where it exists, and EClientNotFound where its function is not published.</summary>
    [Alias("add")]
    Task AddAsync(BatchChange change);

    [Alias("modify")]
    Task ModifyAsync(BatchChange change);

    /// <summary>The tasks that it has queued stay.</summary>
    [Alias("delete")]
    Task DeleteAsync();

    /// <summary>A change that makes this record what it is; null: there is none.</summary>
    [Alias("describe")]
    Task<BatchChange?> DescribeAsync();

    /// <summary>Throws what adding or changing would, and changes nothing.</summary>
    [Alias("probe")]
    Task ProbeAsync(BatchChange change, bool isNew);

    /// <summary>Writes the row again from the state where it is behind.</summary>
    [Alias("reproject")]
    Task ReprojectAsync();
}

[GenerateSerializer, Immutable, Alias("dff.batch-change")]
public sealed record BatchChange
{
    [Id(0)] public Change<string> FuncId { get; init; }

    /// <summary>JSON object.</summary>
    [Id(1)] public Change<string> FuncCallKwargsJson { get; init; }

    /// <summary>JSON array of strings, or null.</summary>
    [Id(2)] public Change<string> TagsJson { get; init; }

    /// <summary>API or UI.</summary>
    [Id(3)] public Change<string> Origin { get; init; }

    [Id(4)] public Change<bool> ShowInDoc { get; init; }

    [Id(5)] public Change<bool> IsDisabled { get; init; }

    [Id(6)] public Change<string> Note { get; init; }

    [Id(7)] public Change<int?> TaskRecordLimit { get; init; }

    /// <summary>How callers prove who they are; null: they need not.</summary>
    [Id(8)] public Change<string> ApiAuthId { get; init; }

    /// <summary>The job that adds it; null: none.</summary>
    [Id(9)] public string? JobId { get; init; }
}
