using System.Diagnostics;
using Dff.Abstractions.Errors;
using Dff.Grains.Crontab;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;

namespace Dff.Grains.Tests.Crontab;

public sealed class NextRunsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public void A_count_out_of_range_is_refused(int count) =>
        FluentActions.Invoking(() => Schedules.Of("* * * * *").NextRuns(count, Schedules.At("2026-01-01T00:00Z")))
            .Should().Throw<DffException>().WithMessage($"*1 to 1000, not {count}*");

    [Fact]
    public void The_instant_asked_from_is_not_a_next_run() =>
        Schedules.Written(Schedules.Of("*/10 * * * *").NextRuns(2, Schedules.At("2026-01-01T00:10Z"))).Should().Be("01-01 00:20, 01-01 00:30");

    [Fact]
    public void A_fraction_of_a_second_before_a_moment_it_is_the_next() =>
        Schedules.Written(Schedules.Of("*/10 * * * *").NextRuns(1, Schedules.At("2026-01-01T00:09:59.9999999Z"))).Should().Be("01-01 00:10");

    /// <summary>1000 leap days take 4,000 years; the limit is a hundred times of what it takes.</summary>
    [Theory]
    [InlineData("0 0 29 2 *")]
    [InlineData("0 0 ? 2 MON#5")]
    public void Sparse_expressions_end_soon(string expression)
    {
        var watch = Stopwatch.StartNew();
        var runs = Schedules.Of(expression, "Europe/Berlin").NextRuns(1000, Schedules.At("2026-01-01T00:00Z"));

        runs.Count.Should().BeGreaterThan(250);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Before_1970_and_at_the_end_of_the_calendar_there_are_answers_too()
    {
        Schedules.Of("* * * * *", "Asia/Shanghai").Next(DateTimeOffset.MinValue).Should().Be(DateTimeOffset.UnixEpoch);
        Schedules.Of("* * * * *", "Asia/Shanghai").Next(Schedules.At("9998-05-05T00:00Z")).Should().BeNull();
        Schedules.Of("0 0 29 2 *").NextRuns(3, Schedules.At("9990-01-01T00:00Z")).Should().HaveCount(2);
    }

    [Fact]
    public void Moments_are_those_of_Cronos_in_zones_where_it_goes_forward()
    {
        Prop.ForAll(Cases.Schedules.ToArbitrary(), schedule =>
        {
            var expected = Cases.ByCronos(schedule.Expression, schedule.Zone, schedule.From, schedule.From.AddDays(40)).Take(200).ToList();
            var runs = Schedules.Of(schedule.Expression, schedule.Zone).NextRuns(200, schedule.From).Take(expected.Count);

            runs.Should().Equal(expected, $"{schedule}");
        }).Check(Cases.Many(500));
    }

    [Fact]
    public void Counting_and_looking_back_agree_with_going_through_all()
    {
        Prop.ForAll(Cases.Schedules.ToArbitrary(), Gen.Choose(1, 60 * 24 * 20).ToArbitrary(), (schedule, minutes) =>
        {
            var (from, before) = (schedule.From, schedule.From.AddMinutes(minutes));
            var all = Cases.ByCronos(schedule.Expression, schedule.Zone, from, before).TakeWhile(moment => moment < before).ToList();
            var tested = Schedules.Of(schedule.Expression, schedule.Zone);

            var count = tested.Count(from.AddTicks(1), before);

            count.Count.Should().Be(all.Count, $"{schedule} {minutes}");
            if (all.Count > 0) (count.First, count.Last).Should().Be((all[0], all[^1]), $"{schedule} {minutes}");
            tested.Latest(7, from.AddTicks(1), before).Should().Equal(all.TakeLast(7), $"{schedule} {minutes}");
        }).Check(Cases.Many(500));
    }

    [Fact]
    public void In_every_zone_a_fixed_time_comes_once_a_day_and_no_quarter_of_an_hour_is_left_out()
    {
        var (from, before) = (Schedules.At("2026-01-02T00:00Z"), Schedules.At("2026-12-30T00:00Z"));
        foreach (var zone in TimeZoneInfo.GetSystemTimeZones())
        {
            var daily = Schedules.Of("30 2 * * *", zone.Id);
            var moments = daily.NextRuns(400, from).TakeWhile(moment => moment < before).ToList();
            var days = moments.Select(moment => TimeZoneInfo.ConvertTime(moment, zone).Date).ToList();
            days.Zip(days.Skip(1), (one, next) => (next - one).Days).Should().OnlyContain(distance => distance == 1, zone.Id);
            daily.Count(from.AddTicks(1), before).Should().Be(new MomentCount(moments.Count, moments[0], moments[^1]), zone.Id);

            var quarters = Schedules.Of("*/15 * * * *", zone.Id);
            var all = new MomentCount(((before - from).Ticks / (TimeSpan.TicksPerHour / 4)) - 1, from.AddMinutes(15), before.AddMinutes(-15));
            quarters.Count(from.AddTicks(1), before).Should().Be(all, zone.Id);
        }
    }
}
