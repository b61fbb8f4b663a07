namespace Dff.Abstractions.Crontab;

/// <summary>What becomes of every scheduled moment after the old cursor: each is one of the runs or covered by exactly one of the skip records.</summary>
/// <param name="Runs">Oldest first.</param>
/// <param name="Skips">Oldest first; neighbours differ in their reason, or have a run between them.</param>
/// <param name="Cursor">The last moment that is handled with this plan; never before the old cursor.</param>
[GenerateSerializer, Immutable, Alias("dff.catch-up-plan")]
public sealed record CatchUpPlan(
    [property: Id(0)] IReadOnlyList<PlannedRun> Runs, [property: Id(1)] IReadOnlyList<SkippedMoments> Skips, [property: Id(2)] DateTimeOffset Cursor);

/// <param name="TaskId">The same for the same config and moment, whoever plans it.</param>
/// <param name="ScheduledTime">UTC.</param>
/// <param name="WaitsForPrevious">Must not start before the run before it (of this plan, or the one under way) has finished.</param>
[GenerateSerializer, Immutable, Alias("dff.planned-run")]
public sealed record PlannedRun(
    [property: Id(0)] string TaskId, [property: Id(1)] DateTimeOffset ScheduledTime, [property: Id(2)] bool WaitsForPrevious);

/// <summary>Consecutive scheduled moments that do not run, for one reason.</summary>
/// <param name="First">The first of the moments, UTC.</param>
/// <param name="Last">The last of the moments, UTC; equal to the first where there is only one.</param>
[GenerateSerializer, Immutable, Alias("dff.skipped-moments")]
public sealed record SkippedMoments(
    [property: Id(0)] SkipReason Reason, [property: Id(1)] DateTimeOffset First, [property: Id(2)] DateTimeOffset Last, [property: Id(3)] long Count);

[GenerateSerializer, Alias("dff.skip-reason")]
public enum SkipReason
{
    /// <summary>An earlier run had not finished.</summary>
    Overlap,

    /// <summary>Nobody handled the moment in time, and the misfire policy does not catch up on it.</summary>
    Misfire,

    Expired,

    Disabled,

    /// <summary>No published script exports the function.</summary>
    FunctionMissing,
}
