using Cronos;

namespace Dff.Grains.Crontab;

/// <summary>The moments of an expression as a clock on the wall shows them, as if it were never set forward or back. Cronos does the calendar.</summary>
internal sealed class WallClockMoments(CronExpression[] parts, CronExpression timesOfDay)
{
    /// <summary>Beyond it nothing is looked for: the last days of the calendar leave no room to add offsets.</summary>
    private static readonly DateTime End = new(9998, 1, 1);

    private readonly Lazy<TimeSpan[]> _times = new(() =>
    {
        var day = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        return [.. timesOfDay.GetOccurrences(day, day.AddDays(1)).Select(time => time - day)];
    });

    public DateTime? AtOrAfter(DateTime wall)
    {
        if (wall >= End) return null;
        var from = DateTime.SpecifyKind(wall, DateTimeKind.Utc);
        DateTime? earliest = null;
        foreach (var part in parts)
        {
            if (part.GetNextOccurrence(from, inclusive: true) is { } found && !(earliest <= found)) earliest = found;
        }

        return earliest < End ? DateTime.SpecifyKind(earliest.Value, DateTimeKind.Unspecified) : null;
    }

    public IEnumerable<DateTime> Between(DateTime from, DateTime before)
    {
        for (var moment = AtOrAfter(from); moment < before; moment = AtOrAfter(moment.Value.AddMinutes(1))) yield return moment.Value;
    }

    /// <summary>Counts day by day: every day that matches has the same times.</summary>
    public (long Count, DateTime First, DateTime Last) Count(DateTime from, DateTime before)
    {
        var (count, first, last) = (0L, DateTime.MaxValue, DateTime.MinValue);
        for (var moment = AtOrAfter(from); moment < before; moment = AtOrAfter(moment.Value.Date.AddDays(1)))
        {
            var day = moment.Value.Date;
            var (begin, end) = (IndexOf(moment.Value - day), IndexOf(before - day));
            if (count == 0) first = moment.Value;
            count += end - begin;
            last = day + _times.Value[end - 1];
        }

        return (count, first, last);
    }

    /// <summary>How many times of the day are before this one.</summary>
    private int IndexOf(TimeSpan time)
    {
        var index = Array.BinarySearch(_times.Value, time);
        return index < 0 ? ~index : index;
    }
}
