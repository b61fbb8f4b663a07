using Dff.Grains.Crontab;
using FluentAssertions;
using static Dff.Grains.Tests.Crontab.Schedules;

namespace Dff.Grains.Tests.Crontab;

/// <summary>By what a config comes to its next moment; the clock is an argument.</summary>
public sealed class TickPlanTests
{
    private static readonly DateTimeOffset Noon = At("2026-06-01T12:00:00Z");
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Day = TickPlan.LongestWait;

    [Fact]
    public void A_moment_that_comes_between_two_looks_at_the_clock_is_waited_for_no_longer()
    {
        // Settled just before the moment; when it is asked for the next one, it has come.
        var next = Settling.Next(new CrontabConfigState { Crontab = "* * * * *", Timezone = "UTC", ScheduledSince = Noon.AddMinutes(-9) }, Noon.AddTicks(-1))!.Value;

        TickPlan.Of(next, Noon.AddMilliseconds(3), Noon.AddMinutes(-5), Lead, Day).Should().Be(new TickPlan(TimeSpan.Zero, null));
    }

    [Theory, InlineData(0.2), InlineData(1), InlineData(29_999.7)]
    public void A_timer_ends_after_its_moment_and_not_before(double milliseconds)
    {
        var rest = TimeSpan.FromMilliseconds(milliseconds);

        var wait = TickPlan.Of(Noon, Noon - rest, Noon.AddMinutes(-5), Lead, Day).Wait!.Value;

        (wait - rest).Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(1)).And.BeLessThanOrEqualTo(TimeSpan.FromMilliseconds(2));
        (wait.Ticks % TimeSpan.TicksPerMillisecond).Should().Be(0);
    }

    [Fact]
    public void A_far_moment_is_left_to_the_reminder_which_is_written_where_its_period_does_not_lead_there()
    {
        TickPlan.Of(Noon, Noon.AddHours(-3), null, Lead, Day).Should().Be(new TickPlan(null, Noon - Lead));
        TickPlan.Of(Noon, Noon.AddHours(-3), Noon.AddHours(-4), Lead, Day).Should().Be(new TickPlan(null, Noon - Lead), "its next tick is hours before");
        TickPlan.Of(Noon, Noon.AddSeconds(-50), Noon.AddMinutes(-7) - Lead, Lead, Day).Should().Be(default(TickPlan), "a period later it is there");
        TickPlan.Of(Noon, Noon.AddDays(-9), null, Lead, Day).Reminder.Should().Be(Noon.AddDays(-8), "it looks once a day");
    }

    [Fact]
    public void Without_a_reminder_one_is_written_for_a_near_moment_too()
    {
        var plan = TickPlan.Of(Noon, Noon.AddSeconds(-10), null, Lead, Day);

        (plan.Wait.HasValue, plan.Reminder).Should().Be((true, Noon - Lead));
    }
}
