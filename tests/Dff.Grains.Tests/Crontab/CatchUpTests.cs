using System.Diagnostics;
using Dff.Abstractions.Crontab;
using Dff.Grains.Crontab;
using FluentAssertions;

namespace Dff.Grains.Tests.Crontab;

public sealed class CatchUpTests
{
    private static readonly CatchUpRequest Hourly = new()
    {
        ConfigId = "cron-a",
        Schedule = Schedules.Of("@hourly"),
        Cursor = Schedules.At("2026-05-01T08:00Z"),
        Now = Schedules.At("2026-05-01T09:00:00.011Z"),
    };

    private static readonly CatchUpRequest AfterAnOutage = Hourly with { Now = Schedules.At("2026-05-01T13:30Z") };

    [Fact]
    public void A_moment_on_time_runs_under_an_ID_made_of_config_and_moment()
    {
        var plan = CatchUp.Plan(Hourly);

        plan.Runs.Should().Equal(new PlannedRun("cron-cron-a-1777626000", Schedules.At("2026-05-01T09:00Z"), WaitsForPrevious: false));
        plan.Skips.Should().BeEmpty();
        plan.Cursor.Should().Be(Schedules.At("2026-05-01T09:00Z"));
    }

    [Fact]
    public void Before_the_next_moment_there_is_nothing_to_do() =>
        Told(Hourly with { Now = Schedules.At("2026-05-01T08:59:59.999Z") }).Should().Be("cursor 08:00");

    [Fact]
    public void At_the_very_moment_it_runs() => Told(Hourly with { Now = Schedules.At("2026-05-01T09:00Z") }).Should().Be("run 09:00, cursor 09:00");

    [Theory]
    [InlineData(MisfirePolicy.Once, 3600, "Misfire 09:00-12:00 x4, run 13:00, cursor 13:00")]
    [InlineData(MisfirePolicy.Once, 1800, "Misfire 09:00-12:00 x4, run 13:00, cursor 13:00")]
    [InlineData(MisfirePolicy.Once, 1799, "Misfire 09:00-13:00 x5, cursor 13:00")]
    [InlineData(MisfirePolicy.All, 2 * 3600, "Misfire 09:00-11:00 x3, run 12:00, run after 13:00, cursor 13:00")]
    [InlineData(MisfirePolicy.All, 86400, "run 09:00, run after 10:00, run after 11:00, run after 12:00, run after 13:00, cursor 13:00")]
    [InlineData(MisfirePolicy.Skip, 86400, "Misfire 09:00-13:00 x5, cursor 13:00")]
    public void After_an_outage_the_misfire_policy_decides(MisfirePolicy policy, int grace, string told) =>
        Told(AfterAnOutage with { Policies = new CrontabPolicies { Misfire = policy, MisfireGraceSeconds = grace } }).Should().Be(told);

    [Theory]
    [InlineData(MisfirePolicy.Once)]
    [InlineData(MisfirePolicy.All)]
    [InlineData(MisfirePolicy.Skip)]
    public void A_moment_that_is_on_time_runs_without_any_grace(MisfirePolicy policy)
    {
        var policies = new CrontabPolicies { Misfire = policy, MisfireGraceSeconds = 0 };

        Told(Hourly with { Policies = policies, Now = Schedules.At("2026-05-01T09:01:30Z") }).Should().Be("run 09:00, cursor 09:00");
        Told(Hourly with { Policies = policies, Now = Schedules.At("2026-05-01T09:01:30.001Z") }).Should().Be("Misfire 09:00-09:00 x1, cursor 09:00");
    }

    [Theory]
    [InlineData(OverlapPolicy.Skip, 0, "run 12:00, run after 13:00")]
    [InlineData(OverlapPolicy.Skip, 1, "Overlap 12:00-13:00 x2")]
    [InlineData(OverlapPolicy.Allow, 7, "run 12:00, run 13:00")]
    [InlineData(OverlapPolicy.Queue, 0, "run 12:00, run after 13:00")]
    [InlineData(OverlapPolicy.Queue, 98, "run after 12:00, run after 13:00")]
    [InlineData(OverlapPolicy.Queue, 99, "run after 12:00, Overlap 13:00-13:00 x1")]
    [InlineData(OverlapPolicy.Queue, 100, "Overlap 12:00-13:00 x2")]
    public void With_runs_under_way_the_overlap_policy_decides(OverlapPolicy policy, int unfinished, string told)
    {
        var policies = new CrontabPolicies { Misfire = MisfirePolicy.All, MisfireGraceSeconds = 7200, Overlap = policy };

        Told(AfterAnOutage with { Policies = policies, UnfinishedRuns = unfinished }).Should().Be($"Misfire 09:00-11:00 x3, {told}, cursor 13:00");
    }

    [Fact]
    public void From_its_expiry_on_a_config_does_not_run()
    {
        var all = new CrontabPolicies { Misfire = MisfirePolicy.All, MisfireGraceSeconds = 86400 };

        Told(AfterAnOutage with { ExpireTime = Schedules.At("2026-05-01T11:00Z"), Policies = all }).Should().Be("Expired 09:00-13:00 x5, cursor 13:00");
        Told(Hourly with { ExpireTime = Schedules.At("2026-05-01T09:00Z") }).Should().Be("Expired 09:00-09:00 x1, cursor 09:00");
    }

    [Fact]
    public void A_moment_before_the_expiry_runs_when_it_is_on_time() =>
        Told(Hourly with { ExpireTime = Schedules.At("2026-05-01T09:00:00.010Z") }).Should().Be("run 09:00, cursor 09:00");

    [Fact]
    public void A_time_in_which_the_config_was_disabled_is_one_record() =>
        Told(AfterAnOutage with { DisabledPeriods = [Period("10:00", "12:00"), Period("07:00", "07:30"), Period("11:30", "12:59")] })
            .Should().Be("Misfire 09:00-09:00 x1, Disabled 10:00-12:00 x3, run 13:00, cursor 13:00");

    [Fact]
    public void Between_two_runs_a_disabled_time_keeps_its_place()
    {
        var all = new CrontabPolicies { Misfire = MisfirePolicy.All, MisfireGraceSeconds = 86400, Overlap = OverlapPolicy.Allow };

        Told(AfterAnOutage with { Policies = all, DisabledPeriods = [Period("10:00", "11:00"), Period("11:30", "12:30")] })
            .Should().Be("run 09:00, Disabled 10:00-10:00 x1, run 11:00, Disabled 12:00-12:00 x1, run 13:00, cursor 13:00");
    }

    [Fact]
    public void A_config_that_is_disabled_now_catches_up_on_nothing() =>
        Told(AfterAnOutage with { DisabledPeriods = [Period("13:15", null)] }).Should().Be("Disabled 09:00-13:00 x5, cursor 13:00");

    [Theory]
    [InlineData("2026-05-01T08:00Z")]
    [InlineData("2026-05-01T07:00Z")]
    [InlineData("2020-01-01T00:00Z")]
    public void After_the_clock_was_set_back_nothing_runs_again(string now) => Told(Hourly with { Now = Schedules.At(now) }).Should().Be("cursor 08:00");

    [Fact]
    public void After_the_clock_was_set_forward_and_back_every_moment_is_handled_once()
    {
        var forward = CatchUp.Plan(Hourly with { Now = Schedules.At("2026-05-01T12:00:30Z") });
        var back = CatchUp.Plan(Hourly with { Cursor = forward.Cursor });
        var later = CatchUp.Plan(Hourly with { Cursor = back.Cursor, Now = Schedules.At("2026-05-01T13:00Z") });

        Told(forward).Should().Be("Misfire 09:00-11:00 x3, run 12:00, cursor 12:00");
        Told(back).Should().Be("cursor 12:00");
        Told(later).Should().Be("run 13:00, cursor 13:00");
    }

    [Fact]
    public void A_cursor_between_two_moments_stays_where_there_is_nothing_new() =>
        CatchUp.Plan(Hourly with { Cursor = Schedules.At("2026-05-01T08:20Z"), Now = Schedules.At("2026-05-01T08:40Z") })
            .Cursor.Should().Be(Schedules.At("2026-05-01T08:20Z"));

    /// <summary>Takes some milliseconds; the limit leaves room for a busy machine.</summary>
    [Theory]
    [InlineData("2025-05-01T00:00Z", 525_600 - 100)]
    [InlineData("0001-01-01T00:00Z", 29_626_561 - 100)]
    public void A_year_of_minutes_and_more_is_planned_in_well_under_a_second(string cursor, long skipped)
    {
        var request = Hourly with
        {
            Schedule = Schedules.Of("* * * * *", "America/New_York"),
            Cursor = Schedules.At(cursor),
            Now = Schedules.At("2026-05-01T00:00Z"),
            Policies = new CrontabPolicies { Misfire = MisfirePolicy.All, MisfireGraceSeconds = int.MaxValue },
        };
        CatchUp.Plan(request with { Cursor = Schedules.At("2026-04-01T00:00Z") });
        var watch = Stopwatch.StartNew();

        var plan = CatchUp.Plan(request);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(1));
        plan.Runs.Should().HaveCount(100);
        plan.Skips.Should().ContainSingle().Which.Count.Should().Be(skipped);
    }

    [Fact]
    public void Task_IDs_fit_their_column_and_stay_apart()
    {
        var moment = Schedules.At("2026-05-01T09:00Z");
        var longest = new string('x', 64);

        CrontabTaskId.Of(longest, moment).Should().HaveLength(56).And.Be(CrontabTaskId.Of(longest, moment)).And.NotBe(CrontabTaskId.Of(longest[1..], moment));
        CrontabTaskId.Of(new string('x', 48), moment).Should().Be($"cron-{new string('x', 48)}-1777626000");
    }

    private static DisabledPeriod Period(string from, string? to) =>
        new(Schedules.At($"2026-05-01T{from}Z"), to is null ? null : Schedules.At($"2026-05-01T{to}Z"));

    private static string Told(CatchUpRequest request) => Told(CatchUp.Plan(request));

    private static string Told(CatchUpPlan plan)
    {
        var runs = plan.Runs.Select(run => (run.ScheduledTime, Text: $"run {(run.WaitsForPrevious ? "after " : "")}{run.ScheduledTime:HH:mm}"));
        var skips = plan.Skips.Select(skip => (skip.First, Text: $"{skip.Reason} {skip.First:HH:mm}-{skip.Last:HH:mm} x{skip.Count}"));
        return string.Join(", ", runs.Concat(skips).OrderBy(entry => entry.Item1).Select(entry => entry.Text).Append($"cursor {plan.Cursor:HH:mm}"));
    }
}
