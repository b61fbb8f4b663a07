using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Orleans.Concurrency;

namespace Dff.Abstractions.Crontab;

/// <summary>
/// A function that runs at the moments of a crontab expression. Key: its ID as stored.
/// Every scheduled moment is queued once or covered by a skip record, never neither and never both: the cursor, the tasks and the records are one commit.
/// A moment is handled within milliseconds as a rule, and within a minute or so after the silo that was to handle it is lost; what the time in between
/// means for it the misfire policy says. While the queue is full or out of reach, it is tried again every minute.
/// </summary>
[Alias("dff.crontab-config")]
public interface ICrontabConfigGrain : IGrainWithStringKey
{
    /// <exception cref="DffException">EClientDuplicated: the ID is in use; EBizCondition.DuplicatedCrontabConfig; EClientBadRequest, EClientNotFound: a field is wrong. Nothing was added.</exception>
    [Alias("add")]
    Task AddAsync(CrontabConfigChange change);

    /// <summary>Moments until now are handled as the config was, those after now as it is; a disabled config starts nothing from the answer on.</summary>
    [Alias("modify")]
    Task ModifyAsync(CrontabConfigChange change);

    /// <summary>Also forgets its skip records, and cancels runs that wait for the one before them. Runs that have begun go on.</summary>
    [Alias("delete")]
    Task DeleteAsync();

    /// <summary>A change that makes this record what it is; null: there is none.</summary>
    [Alias("describe")]
    Task<CrontabConfigChange?> DescribeAsync();

    /// <summary>Throws what adding or changing would, and changes nothing.</summary>
    [Alias("probe")]
    Task ProbeAsync(CrontabConfigChange change, bool isNew);

    /// <summary>Runs it once, whatever its schedule and policies are, also where it is disabled.</summary>
    /// <returns>The ID of the task.</returns>
    [Alias("run-now")]
    Task<string> RunNowAsync();

    /// <summary>The next scheduled moments as the config is now: none where it is disabled, and none from its expiry on.</summary>
    /// <param name="count">1 to 1000.</param>
    [Alias("next-runs")]
    Task<CrontabNextRuns> GetNextRunsAsync(int count);

    /// <summary>Its function may have changed.</summary>
    [Alias("check")]
    Task CheckAsync();

    /// <summary>Whether this config is, or is becoming, the one of this scope and content.</summary>
    [Alias("holds"), AlwaysInterleave]
    Task<bool> HoldsAsync(string scope, string configMD5);

    [Alias("reproject")]
    Task ReprojectAsync();
}

[GenerateSerializer, Immutable, Alias("dff.crontab-config-change")]
public sealed record CrontabConfigChange
{
    [Id(0)] public Change<string> FuncId { get; init; }

    /// <summary>JSON object.</summary>
    [Id(1)] public Change<string> FuncCallKwargsJson { get; init; }

    /// <summary>Null: the function's <c>fixed_crontab</c> only.</summary>
    [Id(2)] public Change<string> Crontab { get; init; }

    /// <summary>IANA name; null: the default zone of the installation.</summary>
    [Id(3)] public Change<string> Timezone { get; init; }

    [Id(4)] public Change<MisfirePolicy> Misfire { get; init; }

    [Id(5)] public Change<int> MisfireGraceSeconds { get; init; }

    [Id(6)] public Change<OverlapPolicy> Overlap { get; init; }

    [Id(7)] public Change<DateTimeOffset?> ExpireTime { get; init; }

    [Id(8)] public Change<string> Scope { get; init; }

    /// <summary>JSON array of strings, or null.</summary>
    [Id(9)] public Change<string> TagsJson { get; init; }

    [Id(10)] public Change<string> Origin { get; init; }

    [Id(11)] public Change<bool> IsDisabled { get; init; }

    [Id(12)] public Change<string> Note { get; init; }

    [Id(13)] public Change<int?> TaskRecordLimit { get; init; }

    [Id(14)] public Change<bool> SaveResult { get; init; }

    /// <summary>The job that adds it; null: none.</summary>
    [Id(15)] public string? JobId { get; init; }
}

/// <param name="Crontab">The expression in force: the function's <c>fixed_crontab</c>, else the config's own; null: there is none.</param>
/// <param name="Runs">UTC.</param>
[GenerateSerializer, Immutable, Alias("dff.crontab-next-runs")]
public sealed record CrontabNextRuns(
    [property: Id(0)] string? Crontab, [property: Id(1)] string Timezone, [property: Id(2)] IReadOnlyList<DateTimeOffset> Runs);
