using Dff.Abstractions.Errors;
using Dff.Grains.Crontab;
using FluentAssertions;

namespace Dff.Grains.Tests.Crontab;

/// <summary>
/// The clocks of 2026 change: in New York on 8 March 07:00Z and 1 November 06:00Z; in Berlin on 29 March and 25 October 01:00Z; on Lord Howe, by half an
/// hour, on 4 April 15:00Z (back) and 3 October 15:30Z.
/// </summary>
public sealed class TimeZoneTests
{
    [Theory]
    [InlineData("America/New_York", "30 2 * * *", "2026-03-07T00:00Z", "03-07 07:30, 03-08 07:00, 03-09 06:30")]
    [InlineData("America/New_York", "0 9 * * *", "2026-03-07T00:00Z", "03-07 14:00, 03-08 13:00, 03-09 13:00")]
    [InlineData("America/New_York", "*/30 * * * *", "2026-03-08T06:00Z", "03-08 06:30, 03-08 07:00, 03-08 07:30, 03-08 08:00")]
    [InlineData("America/New_York", "30 1 * * *", "2026-10-31T00:00Z", "10-31 05:30, 11-01 05:30, 11-02 06:30")]
    [InlineData("America/New_York", "*/30 * * * *", "2026-11-01T05:00Z", "11-01 05:30, 11-01 06:00, 11-01 06:30, 11-01 07:00")]
    [InlineData("America/New_York", "30 * * * *", "2026-11-01T04:00Z", "11-01 04:30, 11-01 05:30, 11-01 06:30, 11-01 07:30")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-03-28T00:00Z", "03-28 01:30, 03-29 01:00, 03-30 00:30")]
    [InlineData("Europe/Berlin", "15 2,3 * * *", "2026-03-29T00:00Z", "03-29 01:00, 03-29 01:15, 03-30 00:15")]
    [InlineData("Europe/Berlin", "0 2,3 * * *", "2026-03-29T00:00Z", "03-29 01:00, 03-30 00:00, 03-30 01:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-24T00:00Z", "10-24 00:30, 10-25 00:30, 10-26 01:30")]
    [InlineData("Europe/Berlin", "0 * * * *", "2026-10-24T23:30Z", "10-25 00:00, 10-25 01:00, 10-25 02:00")]
    [InlineData("Europe/Berlin", "15,45 2 * * *", "2026-10-25T00:20Z", "10-25 00:45, 10-26 01:15, 10-26 01:45")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2026-10-02T12:00Z", "10-02 15:45, 10-03 15:30, 10-04 15:15")]
    [InlineData("Australia/Lord_Howe", "*/30 * * * *", "2026-10-03T15:00Z", "10-03 15:30, 10-03 16:00, 10-03 16:30")]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2026-04-03T12:00Z", "04-03 14:45, 04-04 14:45, 04-05 15:15")]
    [InlineData("Australia/Lord_Howe", "*/15 * * * *", "2026-04-04T14:30Z", "04-04 14:45, 04-04 15:00, 04-04 15:15, 04-04 15:30")]
    [InlineData("Asia/Shanghai", "30 2 * * *", "2026-03-07T00:00Z", "03-07 18:30, 03-08 18:30, 03-09 18:30")]
    [InlineData("Asia/Shanghai", "30 2 * * *", "2026-03-28T00:00Z", "03-28 18:30, 03-29 18:30, 03-30 18:30")]
    [InlineData("Asia/Shanghai", "*/30 * * * *", "2026-11-01T05:00Z", "11-01 05:30, 11-01 06:00, 11-01 06:30")]
    // Winter time is Ireland's exception: Cronos 0.13 goes back in time here.
    [InlineData("Europe/Dublin", "*/30 * * * *", "2026-03-29T00:30Z", "03-29 01:00, 03-29 01:30, 03-29 02:00")]
    [InlineData("Europe/Dublin", "30 1 * * *", "2026-03-28T00:00Z", "03-28 01:30, 03-29 01:00, 03-30 00:30")]
    [InlineData("Europe/Dublin", "*/30 * * * *", "2026-10-25T00:00Z", "10-25 00:30, 10-25 01:00, 10-25 01:30, 10-25 02:00")]
    [InlineData("Europe/Dublin", "30 1 * * *", "2026-10-24T12:00Z", "10-25 00:30, 10-26 01:30")]
    // The clock jumps from midnight to one.
    [InlineData("Africa/Cairo", "0 0 * * *", "2026-04-22T12:00Z", "04-22 22:00, 04-23 22:00, 04-24 21:00")]
    // Samoa left out 30 December 2011.
    [InlineData("Pacific/Apia", "0 12 30 12 *", "2011-12-01T00:00Z", "12-30 10:00, 12-29 22:00")]
    public void When_the_clock_changes_a_fixed_time_runs_once_and_an_interval_goes_on(string zone, string expression, string from, string moments) =>
        Schedules.Written(Schedules.Of(expression, zone).NextRuns(moments.Split(',').Length, Schedules.At(from))).Should().Be(moments);

    [Theory]
    [InlineData("2026-10-25T01:00Z")]
    [InlineData("2026-10-25T01:10Z")]
    [InlineData("2026-10-25T01:30Z")]
    [InlineData("2026-10-25T01:59:59Z")]
    public void Asked_within_the_second_hour_a_fixed_time_waits_for_the_next_day(string from) =>
        Schedules.Of("30 2 * * *", "Europe/Berlin").Next(Schedules.At(from)).Should().Be(Schedules.At("2026-10-26T01:30Z"));

    [Fact]
    public void Asked_at_the_jump_a_time_that_was_jumped_over_is_past()
    {
        var schedule = Schedules.Of("30 2 * * *", "Europe/Berlin");

        schedule.Next(Schedules.At("2026-03-29T00:59:59.9999999Z")).Should().Be(Schedules.At("2026-03-29T01:00Z"));
        schedule.Next(Schedules.At("2026-03-29T01:00Z")).Should().Be(Schedules.At("2026-03-30T00:30Z"));
    }

    [Theory]
    [InlineData("asia/shanghai", "did you mean Asia/Shanghai?")]
    [InlineData("Shanghai", "did you mean Asia/Shanghai?")]
    [InlineData("America/New York", "did you mean America/New_York?")]
    [InlineData("China Standard Time", "give an IANA name such as Asia/Shanghai")]
    [InlineData("Asia/Atlantis", "give an IANA name")]
    [InlineData("../../../etc/localtime", "give an IANA name")]
    [InlineData("/etc/localtime", "give an IANA name")]
    [InlineData("+08:00", "give an IANA name")]
    [InlineData("", "give an IANA name")]
    public void An_unknown_zone_is_refused_by_name_with_a_hint(string name, string hint)
    {
        var error = FluentActions.Invoking(() => CrontabTimeZone.Find(name)).Should().Throw<DffException>().Which;

        error.Reason.Should().Be(ErrorReason.ClientBadRequest);
        error.Message.Should().Contain($"'{name}'").And.Contain(hint);
        error.DetailJson.Should().Contain("timezone");
    }

    [Theory]
    [InlineData("Asia/Shanghai")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+8")]
    [InlineData("UTC")]
    [InlineData("Etc/UTC")]
    [InlineData("US/Eastern")]
    [InlineData("PRC")]
    public void A_zone_is_found_by_its_IANA_name(string name) => CrontabTimeZone.Find(name).Id.Should().Be(name);
}
