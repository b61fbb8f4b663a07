namespace Dff.Abstractions.Crontab;

/// <summary>What happens to scheduled moments that nobody handled in time, e.g. while the program was down.</summary>
[GenerateSerializer, Alias("dff.misfire-policy")]
public enum MisfirePolicy
{
    /// <summary>The latest one runs, if it is not later than the grace; the others are skipped.</summary>
    Once,

    /// <summary>The latest 100 within the grace run, oldest first; the others are skipped.</summary>
    All,

    /// <summary>None runs but one that is on time.</summary>
    Skip,
}

/// <summary>What happens to a moment that comes while an earlier run of the same config has not finished.</summary>
[GenerateSerializer, Alias("dff.overlap-policy")]
public enum OverlapPolicy
{
    Skip,

    /// <summary>Runs beside the earlier one.</summary>
    Allow,

    /// <summary>Runs when the earlier one has finished; with 100 unfinished ones, further moments are skipped.</summary>
    Queue,
}

[GenerateSerializer, Immutable, Alias("dff.crontab-policies")]
public sealed record CrontabPolicies
{
    [Id(0)] public MisfirePolicy Misfire { get; init; } = MisfirePolicy.Once;

    /// <summary>How late, in seconds, a missed moment may still run. A moment that is on time runs whatever this is.</summary>
    [Id(1)] public int MisfireGraceSeconds { get; init; } = 3600;

    [Id(2)] public OverlapPolicy Overlap { get; init; } = OverlapPolicy.Skip;
}

/// <param name="From">The first instant at which the config is disabled.</param>
/// <param name="To">The first instant at which it is enabled again; null: still disabled.</param>
[GenerateSerializer, Immutable, Alias("dff.disabled-period")]
public sealed record DisabledPeriod([property: Id(0)] DateTimeOffset From, [property: Id(1)] DateTimeOffset? To);
