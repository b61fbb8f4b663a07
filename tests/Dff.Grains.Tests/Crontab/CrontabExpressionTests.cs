using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Grains.Crontab;
using FluentAssertions;

namespace Dff.Grains.Tests.Crontab;

public sealed class CrontabExpressionTests
{
    [Theory]
    [InlineData("*/5 * * * *", "*/5 * * * *")]
    [InlineData("  0\t 9   * *\n MON-fri ", "0 9 * * MON-fri")]
    [InlineData("0 0 L * *", "0 0 L * *")]
    [InlineData(" @Hourly ", "@hourly")]
    public void Text_is_given_back_with_single_spaces(string given, string text) => CrontabExpression.Parse(given).Text.Should().Be(text);

    [Theory]
    [InlineData("@yearly", "0 0 1 1 *")]
    [InlineData("@annually", "0 0 1 1 *")]
    [InlineData("@monthly", "0 0 1 * *")]
    [InlineData("@weekly", "0 0 * * 0")]
    [InlineData("@daily", "0 0 * * *")]
    [InlineData("@midnight", "0 0 * * *")]
    [InlineData("@hourly", "0 * * * *")]
    [InlineData("0 0 * jan-MAR,dec sun", "0 0 * 1-3,12 0")]
    [InlineData("0 0 * * 7", "0 0 * * 0")]
    [InlineData("0 0 * * 7-2", "0 0 * * 0,1,2")]
    [InlineData("0 0 * * 7-7", "0 0 * * 0")]
    [InlineData("0 0 * * fri-mon", "0 0 * * 5,6,0,1")]
    [InlineData("0 0 * * 0-7", "0 0 * * *")]
    [InlineData("5/20 * * * *", "5,25,45 * * * *")]
    [InlineData("0 22-2/2 * * *", "0 22,0,2 * * *")]
    [InlineData("*/30,7 * * * *", "0,7,30 * * * *")]
    [InlineData("05 08 01 04 *", "5 8 1 4 *")]
    [InlineData("? ? ? ? ?", "* * * * *")]
    [InlineData("0 0 ? * SUN#2", "0 0 * * 7#2")]
    [InlineData("0 0 * * FriL", "0 0 * * 5L")]
    [InlineData("0 0 l-3w * *", "0 0 L-3W * *")]
    public void Two_ways_to_write_the_same_moments(string one, string other)
    {
        var from = Schedules.At("2026-01-15T10:20:00Z");

        Schedules.Of(one).NextRuns(200, from).Should().Equal(Schedules.Of(other).NextRuns(200, from));
    }

    [Theory]
    [InlineData("60 * * * *", 1, "minute", 0, "60")]
    [InlineData("* 24 * * *", 2, "hour", 2, "24")]
    [InlineData("* * 0 * *", 3, "day-of-month", 4, "0")]
    [InlineData("* * 32 * *", 3, "day-of-month", 4, "32")]
    [InlineData("* * * 13 *", 4, "month", 6, "13")]
    [InlineData("* * * * 8", 5, "day-of-week", 8, "8")]
    [InlineData("0   9 * * 1,monday", 5, "day-of-week", 12, "monday")]
    [InlineData("1,2,x * * * *", 1, "minute", 4, "x")]
    [InlineData("1,,2 * * * *", 1, "minute", 2, "")]
    [InlineData("0 1-25 * * *", 2, "hour", 4, "25")]
    [InlineData("0 1- * * *", 2, "hour", 4, "1-")]
    [InlineData("*/0 * * * *", 1, "minute", 2, "0")]
    [InlineData("*/90 * * * *", 1, "minute", 2, "90")]
    [InlineData("*/ * * * *", 1, "minute", 2, "*/")]
    [InlineData("-5 * * * *", 1, "minute", 0, "-5")]
    [InlineData("H * * * *", 1, "minute", 0, "H")]
    [InlineData("0 0 1,L * *", 3, "day-of-month", 6, "L")]
    [InlineData("0 0 32W * *", 3, "day-of-month", 4, "32W")]
    [InlineData("0 0 * * L", 5, "day-of-week", 8, "L")]
    [InlineData("0 0 * * 5#6", 5, "day-of-week", 8, "5#6")]
    [InlineData("0 0 5L * *", 3, "day-of-month", 4, "5L")]
    [InlineData("٣ * * * *", 1, "minute", 0, "٣")]
    public void A_wrong_field_is_named_with_its_place_and_what_it_accepts(string expression, int number, string name, int offset, string text)
    {
        var (message, detail) = Refusal(expression);

        message.Should().Contain($"Field {number} ({name})").And.Contain($"offset {offset}").And.Contain($"'{text}'").And.Contain("accepts");
        detail.GetProperty("fieldNumber").GetInt32().Should().Be(number);
        detail.GetProperty("fieldName").GetString().Should().Be(name);
        detail.GetProperty("offset").GetInt32().Should().Be(offset);
        detail.GetProperty("text").GetString().Should().Be(text);
        detail.GetProperty("accepted").GetString().Should().Contain("steps");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \t ", "empty")]
    [InlineData("* * * *", "this has 4")]
    [InlineData("0 * * * * *", "'*' at offset 10 is too much. Fields for seconds or years are not accepted")]
    [InlineData("0 0 1 1 * 2027", "'2027' at offset 10")]
    [InlineData("@reboot", "'@reboot' at offset 0 is no crontab macro")]
    [InlineData("@every_minute", "no crontab macro")]
    [InlineData(" @hourly *", "'*' does at offset 9")]
    [InlineData("30 2 31 2 *", "never fires")]
    [InlineData("0 0 30-31 feb *", "never fires")]
    [InlineData("0 0 31 4,6,9,11 *", "never fires")]
    [InlineData("0 0 L-30 2 *", "never fires")]
    public void An_expression_that_is_wrong_as_a_whole_says_why(string expression, string why)
    {
        var (message, detail) = Refusal(expression);

        message.Should().Contain(why);
        detail.GetProperty("field").GetString().Should().Be("crontab");
        detail.GetProperty("accepted").GetString().Should().Contain("@hourly");
    }

    [Fact]
    public void An_expression_of_a_megabyte_is_refused_without_being_repeated()
    {
        var (message, _) = Refusal(string.Join(',', Enumerable.Repeat("1", 500_000)));

        message.Should().Contain("256").And.Subject.Length.Should().BeLessThan(200);
    }

    /// <summary>Cronos alone would let only Friday the 13th pass.</summary>
    [Fact]
    public void With_both_days_restricted_a_day_matches_that_fits_either()
    {
        var runs = Schedules.Of("0 0 13 * 5").NextRuns(6, Schedules.At("2026-02-10T00:00:00Z"));

        Schedules.Written(runs).Should().Be("02-13 00:00, 02-20 00:00, 02-27 00:00, 03-06 00:00, 03-13 00:00, 03-20 00:00");
        Schedules.Written(Schedules.Of("0 0 13 * 5").NextRuns(3, Schedules.At("2026-07-04T00:00:00Z"))).Should().Be("07-10 00:00, 07-13 00:00, 07-17 00:00");
    }

    /// <summary>As in Vixie cron: a step alone leaves the day field open, so that both must match.</summary>
    [Theory]
    [InlineData("0 0 */2 * 1", "03-09 00:00, 03-23 00:00, 04-13 00:00")]
    [InlineData("0 0 13 * */5", "03-13 00:00, 09-13 00:00, 11-13 00:00")]
    [InlineData("0 0 ? * 1", "03-02 00:00, 03-09 00:00, 03-16 00:00")]
    public void With_a_day_field_that_begins_with_a_star_both_must_match(string expression, string runs) =>
        Schedules.Written(Schedules.Of(expression).NextRuns(3, Schedules.At("2026-03-01T00:00:00Z"))).Should().Be(runs);

    [Fact]
    public void A_day_that_never_comes_does_not_keep_the_other_day_from_firing() =>
        Schedules.Written(Schedules.Of("0 0 30 2 1").NextRuns(2, Schedules.At("2026-01-01T00:00:00Z"))).Should().Be("02-02 00:00, 02-09 00:00");

    private static (string Message, JsonElement Detail) Refusal(string expression)
    {
        var error = FluentActions.Invoking(() => CrontabExpression.Parse(expression)).Should().Throw<DffException>().Which;
        error.Reason.Should().Be("EClientBadRequest.InvalidCronTabExpression");
        return (error.Message, JsonDocument.Parse(error.DetailJson!).RootElement);
    }
}
