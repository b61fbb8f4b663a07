using Dff.Abstractions.Crontab;

namespace Dff.Grains.Crontab;

/// <summary>All that the plan for a config depends on.</summary>
public sealed record CatchUpRequest
{
    public required string ConfigId { get; init; }

    public required CrontabSchedule Schedule { get; init; }

    /// <summary>
    /// Every moment until and with this instant has been handled. A config that is new, or whose schedule was changed, begins with the instant of that.
    /// </summary>
    public required DateTimeOffset Cursor { get; init; }

    public required DateTimeOffset Now { get; init; }

    public CrontabPolicies Policies { get; init; } = new();

    /// <summary>Runs of this config that are queued or under way.</summary>
    public int UnfinishedRuns { get; init; }

    /// <summary>From this instant on the config is expired.</summary>
    public DateTimeOffset? ExpireTime { get; init; }

    /// <summary>In any order; those before the cursor do not matter.</summary>
    public IReadOnlyList<DisabledPeriod> DisabledPeriods { get; init; } = [];
}
