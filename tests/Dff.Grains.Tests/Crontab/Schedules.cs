using System.Globalization;
using Dff.Grains.Crontab;

namespace Dff.Grains.Tests.Crontab;

internal static class Schedules
{
    public static CrontabSchedule Of(string expression, string zone = "UTC") => new(CrontabExpression.Parse(expression), CrontabTimeZone.Find(zone));

    public static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>Instants as the tables write them.</summary>
    public static string Written(IEnumerable<DateTimeOffset> moments) =>
        string.Join(", ", moments.Select(moment => moment.UtcDateTime.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)));
}
