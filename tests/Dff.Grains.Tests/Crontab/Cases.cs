using Cronos;
using FsCheck;
using FsCheck.Fluent;

namespace Dff.Grains.Tests.Crontab;

/// <summary>Random schedules, many of them around a change of the clock.</summary>
internal static class Cases
{
    private static readonly Gen<string> Minutes = Gen.Elements("*", "*/7", "*/20,5", "0", "30", "15,45", "10-20/3", "50-10", "59");

    private static readonly Gen<string> Hours = Gen.Elements("*", "*", "*/3", "0", "1", "2", "1,2,3", "1-3", "22-2", "23");

    private static readonly Gen<string> Days = Gen.Elements("*", "*", "*", "*/2", "1", "29", "25-8", "L", "15W", "8,25");

    private static readonly Gen<string> Months = Gen.Elements("*", "*", "*", "3-4", "oct,nov", "*/2");

    private static readonly Gen<string> Weekdays = Gen.Elements("*", "*", "*", "SUN", "1-5", "0", "fri-mon", "*/2", "0L", "7#2");

    private static readonly string[] Changes =
    [
        "2026-03-08T07:00Z", "2026-11-01T06:00Z", "2026-03-29T01:00Z", "2026-10-25T01:00Z",
        "2026-04-04T15:00Z", "2026-10-03T15:30Z", "2026-04-23T22:00Z", "2026-10-29T21:00Z",
    ];

    public static readonly Gen<Case> Schedules =
        from minute in Minutes
        from hour in Hours
        from day in Days
        from month in Months
        from weekday in Weekdays
        from zone in Gen.Elements("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo")
        from change in Gen.Elements(Changes)
        from seconds in Gen.Choose(-3 * 86400, 86400)
        from fraction in Gen.Elements(0, 0, 1, 9_999_999)
        let instant = Crontab.Schedules.At(change).AddSeconds(seconds / 60 * (fraction == 0 ? 60 : 61)).AddTicks(fraction)
        select new Case($"{minute} {hour} {day} {month} {weekday}", zone, instant);

    /// <summary>The same cases in every run.</summary>
    public static Config Many(int count) => Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(20260329UL, 20261025UL);

    /// <summary>What Cronos itself says comes after an instant, until and with another one; as Vixie cron, either of two restricted days will do.</summary>
    public static IEnumerable<DateTimeOffset> ByCronos(string expression, string zone, DateTimeOffset after, DateTimeOffset until)
    {
        var fields = expression.Replace("*/20,5", "0-59/20,5", StringComparison.Ordinal).Split(' ');
        string[] parts = fields[2][0] == '*' || fields[4][0] == '*'
            ? [string.Join(' ', fields)]
            : [string.Join(' ', [.. fields[..4], "*"]), string.Join(' ', [.. fields[..2], "*", .. fields[3..]])];
        var found = TimeZoneInfo.FindSystemTimeZoneById(zone);
        return parts.SelectMany(part => CronExpression.Parse(part).GetOccurrences(after, until, found, fromInclusive: false, toInclusive: true))
            .Select(moment => moment.ToUniversalTime()).Distinct().Order();
    }

    public sealed record Case(string Expression, string Zone, DateTimeOffset From);
}
