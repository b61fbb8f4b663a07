using Dff.Abstractions.Crontab;
using Dff.Grains.Crontab;
using FluentAssertions;
using static Dff.Grains.Tests.Crontab.Schedules;

namespace Dff.Grains.Tests.Crontab;

/// <summary>What a config makes of its moments as time passes; the clock is an argument.</summary>
public sealed class SettlingTests
{
    private static readonly DateTimeOffset Begin = At("2026-06-01T12:00:30Z");

    [Fact]
    public void Moments_before_the_schedule_began_are_none_of_it()
    {
        var plan = Settling.Plan(Config(), Facts(At("2026-06-01T12:01:00Z")));

        plan.Runs.Select(run => run.ScheduledTime).Should().Equal(At("2026-06-01T12:01:00Z"));
        Settling.Plan(Config(), Facts(Begin.AddSeconds(20))).Runs.Should().BeEmpty();
        Settling.Plan(Config(), Facts(At("2026-06-01T12:01:00Z")) with { Cursor = At("2026-06-01T12:01:00Z") }).Runs.Should().BeEmpty("it has been handled");
    }

    [Fact]
    public void A_change_of_the_schedule_overrules_an_older_cursor()
    {
        var changed = Config();
        changed.ScheduledSince = At("2026-06-01T12:05:30Z");

        var plan = Settling.Plan(changed, Facts(At("2026-06-01T12:06:00Z")) with { Cursor = At("2026-06-01T12:01:00Z") });

        (plan.Runs.Count, plan.Skips.Count, plan.Cursor).Should().Be((1, 0, At("2026-06-01T12:06:00Z")));
    }

    [Fact]
    public void A_disabled_config_counts_its_moments_and_runs_none()
    {
        var config = Config();
        config.DisabledSince = Begin;

        var plan = Settling.Plan(config, Facts(At("2026-06-01T13:00:00Z")));

        plan.Runs.Should().BeEmpty();
        plan.Skips.Should().Equal(new SkippedMoments(SkipReason.Disabled, At("2026-06-01T12:01:00Z"), At("2026-06-01T13:00:00Z"), 60));
        Settling.Next(config, Begin).Should().BeNull();
        Settling.NextRuns(config, 5, Begin).Should().BeEmpty();
    }

    [Fact]
    public void The_record_of_an_expiry_begins_with_it_and_is_written_once_more_when_it_ends()
    {
        var config = Config();
        config.ExpireTime = At("2026-06-01T12:02:30Z");

        Settling.Next(config, Begin).Should().Be(At("2026-06-01T12:01:00Z"));
        Settling.Next(config, At("2026-06-01T12:02:00Z")).Should().Be(config.ExpireTime, "the record is to begin then");
        Settling.Next(config, At("2026-06-01T12:02:30Z")).Should().BeNull();
        Settling.NextRuns(config, 5, Begin).Should().Equal(At("2026-06-01T12:01:00Z"), At("2026-06-01T12:02:00Z"));
        var begin = Settling.Plan(config, Facts(At("2026-06-01T12:02:30Z")) with { Cursor = At("2026-06-01T12:02:00Z") });
        begin.Skips.Should().Equal(new SkippedMoments(SkipReason.Expired, config.ExpireTime.Value, config.ExpireTime.Value, 0));
        var end = Settling.Plan(config, Facts(At("2026-06-01T13:02:00Z")) with { Cursor = At("2026-06-01T12:02:00Z") });
        end.Skips.Should().Equal(new SkippedMoments(SkipReason.Expired, config.ExpireTime.Value, At("2026-06-01T13:02:00Z"), 60));
        Settling.Plan(config, Facts(At("2026-06-01T13:02:30Z")) with { Cursor = end.Cursor }).Skips.Should().BeEmpty();
    }

    [Fact]
    public void Where_nothing_can_run_every_moment_is_recorded_with_its_reason()
    {
        var config = Config();
        config.Policies = new CrontabPolicies { Misfire = MisfirePolicy.All, MisfireGraceSeconds = 180 };

        var plan = Settling.Plan(config, Facts(At("2026-06-01T12:10:00Z")) with { Hindrance = SkipReason.FunctionMissing });

        plan.Runs.Should().BeEmpty();
        plan.Skips.Should().Equal(
            new SkippedMoments(SkipReason.Misfire, At("2026-06-01T12:01:00Z"), At("2026-06-01T12:06:00Z"), 6),
            new SkippedMoments(SkipReason.FunctionMissing, At("2026-06-01T12:07:00Z"), At("2026-06-01T12:10:00Z"), 4));
        plan.Cursor.Should().Be(At("2026-06-01T12:10:00Z"));
    }

    [Fact]
    public void Every_minute_of_a_day_of_ticks_crashes_and_changes_is_run_or_recorded_exactly_once()
    {
        var random = new Random(20260601);
        var config = Config();
        config.Policies = new CrontabPolicies { Misfire = MisfirePolicy.All, Overlap = OverlapPolicy.Allow };
        DateTimeOffset? cursor = null;
        var handled = new List<DateTimeOffset>();
        var now = Begin;
        while (now < Begin.AddDays(1))
        {
            now = now.AddSeconds(random.Next(1, 400));
            var plan = Settling.Plan(config, Facts(now) with { Cursor = cursor, Hindrance = random.Next(10) == 0 ? SkipReason.FunctionMissing : null });
            // A tick whose commit was lost with its silo is planned again.
            if (random.Next(5) == 0) continue;
            handled.AddRange(plan.Runs.Select(run => run.ScheduledTime));
            foreach (var skip in plan.Skips) handled.AddRange(Of("* * * * *").NextRuns((int)skip.Count, skip.First.AddTicks(-1)));
            cursor = plan.Cursor;
            if (random.Next(8) == 0) config.DisabledSince = config.DisabledSince is null ? now : null;
        }

        handled.Order().Should().Equal(Enumerable.Range(0, handled.Count).Select(minute => Begin.AddSeconds(30).AddMinutes(minute)));
        handled.Count.Should().BeGreaterThan(1400);
    }

    private static CrontabConfigState Config() => new() { FuncId = "s__a.f", Crontab = "* * * * *", Timezone = "UTC", ScheduledSince = Begin };

    private static SettlingFacts Facts(DateTimeOffset now) => new() { ConfigId = "cron-a", Now = now };
}
