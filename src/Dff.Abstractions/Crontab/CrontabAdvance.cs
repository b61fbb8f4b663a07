using Dff.Abstractions.Tasks;

namespace Dff.Abstractions.Crontab;

/// <summary>
/// What becomes of a config's next moments, to be committed as one: the runs are queued, the skips recorded and the cursor moved together, or nothing of it.
/// It is a comparison and an exchange: where the stored cursor is not the one that it was made from, it changes nothing. So a tick that comes twice, and a
/// second activation that does not know of the first, queue nothing twice, also when the tasks of the first time have been trimmed.
/// </summary>
[GenerateSerializer, Immutable, Alias("dff.crontab-advance")]
public sealed record CrontabAdvance
{
    [Id(0)] public required string ConfigId { get; init; }

    /// <summary>The stored cursor that this was planned from; null: there was none.</summary>
    [Id(1)] public DateTimeOffset? From { get; init; }

    /// <summary>The new cursor; null: it stays where it is.</summary>
    [Id(2)] public DateTimeOffset? To { get; init; }

    /// <summary>What each run is but for its ID and its moment; null: nothing runs.</summary>
    [Id(3)] public NewTask? Task { get; init; }

    [Id(4)] public IReadOnlyList<PlannedRun> Runs { get; init; } = [];

    [Id(5)] public IReadOnlyList<SkippedMoments> Skips { get; init; } = [];

    /// <summary>The due time of a run that waits for the one before it: not before it is released.</summary>
    public static DateTimeOffset Held { get; } = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IEnumerable<NewTask> Tasks() => Runs.Select(run => Task! with
    {
        TaskId = run.TaskId,
        TriggerTime = run.ScheduledTime,
        Eta = run.WaitsForPrevious ? Held : null,
    });
}

/// <param name="IsApplied">False: the stored cursor is another one than the plan began from; nothing was changed.</param>
/// <param name="Cursor">As it is stored now.</param>
[GenerateSerializer, Immutable, Alias("dff.crontab-advanced")]
public sealed record CrontabAdvanced([property: Id(0)] bool IsApplied, [property: Id(1)] DateTimeOffset? Cursor);
