using System.Collections.Concurrent;
using Dff.Abstractions.Crontab;

namespace Dff.Grains.Crontab;

/// <summary>What a config's plan depends on besides the config itself.</summary>
public sealed record SettlingFacts
{
    public required string ConfigId { get; init; }

    /// <summary>The stored cursor; null: there is none.</summary>
    public DateTimeOffset? Cursor { get; init; }

    public required DateTimeOffset Now { get; init; }

    public int UnfinishedRuns { get; init; }

    /// <summary>Why nothing may run now although the schedule says so; null: it may.</summary>
    public SkipReason? Hindrance { get; init; }
}

/// <summary>Plans what becomes of a config's moments until now, and says when to look again. Pure: time and all else come from outside.</summary>
public static class Settling
{
    /// <summary>Many configs share few schedules, and all of them ask at the same moment.</summary>
    private const int MostSchedules = 10_000;

    private static readonly IReadOnlyList<SkippedMoments> NoSkips = [];

    private static readonly ConcurrentDictionary<(string Expression, string Timezone), CrontabSchedule> Schedules = new();

    public static CrontabSchedule? ScheduleOf(CrontabConfigState config)
    {
        if (config.Expression is not { } expression) return null;
        var key = (expression, config.Timezone);
        if (Schedules.TryGetValue(key, out var known)) return known;
        if (Schedules.Count >= MostSchedules) Schedules.Clear();
        return Schedules.GetOrAdd(key, static key => new CrontabSchedule(CrontabExpression.Parse(key.Expression), CrontabTimeZone.Find(key.Timezone)));
    }

    public static CatchUpPlan Plan(CrontabConfigState config, SettlingFacts given)
    {
        var cursor = given.Cursor is { } stored && stored > config.ScheduledSince ? stored : config.ScheduledSince;
        if (ScheduleOf(config) is not { } schedule) return new CatchUpPlan([], NoSkips, cursor);
        var plan = CatchUp.Plan(new CatchUpRequest
        {
            ConfigId = given.ConfigId,
            Schedule = schedule,
            Cursor = cursor,
            Now = given.Now,
            Policies = config.Policies,
            UnfinishedRuns = given.UnfinishedRuns,
            ExpireTime = config.ExpireTime,
            DisabledPeriods = config.DisabledSince is { } since ? [new DisabledPeriod(since, null)] : [],
        });
        if (given.Hindrance is { } reason) plan = WithoutRuns(plan, reason);
        return config.ExpireTime is { } expiry && expiry <= given.Now && expiry > cursor && config.DisabledSince is null ? WithExpiry(plan, expiry) : plan;
    }

    /// <summary>When to look again; null: not before something is changed.</summary>
    public static DateTimeOffset? Next(CrontabConfigState config, DateTimeOffset now)
    {
        if (config.DisabledSince is not null || config.ExpireTime <= now) return null;
        var next = ScheduleOf(config)?.Next(now);
        return config.ExpireTime < next ? config.ExpireTime : next;
    }

    /// <summary>The scheduled moments after now that the config, as it is, will run at.</summary>
    public static IReadOnlyList<DateTimeOffset> NextRuns(CrontabConfigState config, int count, DateTimeOffset now)
    {
        if (config.DisabledSince is not null || ScheduleOf(config) is not { } schedule) return [];
        return [.. schedule.NextRuns(count, now).TakeWhile(moment => !(config.ExpireTime <= moment))];
    }

    private static CatchUpPlan WithoutRuns(CatchUpPlan plan, SkipReason reason)
    {
        var skips = new List<SkippedMoments>();
        foreach (var skip in plan.Skips.Concat(plan.Runs.Select(run => new SkippedMoments(reason, run.ScheduledTime, run.ScheduledTime, 1))).OrderBy(skip => skip.First))
        {
            if (skips.Count > 0 && skips[^1].Reason == skip.Reason) skips[^1] = skips[^1] with { Last = skip.Last, Count = skips[^1].Count + skip.Count };
            else skips.Add(skip);
        }

        return plan with { Runs = [], Skips = skips };
    }

    /// <summary>The record of the expired time begins with its begin.</summary>
    private static CatchUpPlan WithExpiry(CatchUpPlan plan, DateTimeOffset expiry)
    {
        var skips = plan.Skips.ToList();
        var index = skips.FindIndex(skip => skip.Reason == SkipReason.Expired);
        if (index >= 0) skips[index] = skips[index] with { First = expiry < skips[index].First ? expiry : skips[index].First };
        else skips.Add(new SkippedMoments(SkipReason.Expired, expiry, expiry, 0));
        return plan with { Skips = skips };
    }
}
