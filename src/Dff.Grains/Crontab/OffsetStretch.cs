namespace Dff.Grains.Crontab;

/// <summary>A time in which a zone's offset from UTC stays the same.</summary>
/// <param name="Start">UTC.</param>
/// <param name="End">UTC, exclusive.</param>
/// <param name="Before">The offset until <paramref name="Start"/>; the same as <paramref name="Offset"/> where no change is known.</param>
internal readonly record struct OffsetStretch(DateTime Start, DateTime End, TimeSpan Offset, TimeSpan Before)
{
    /// <summary>Zones change months apart; a step this long cannot jump over two changes.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromHours(12);

    /// <summary>What a clock set back by a day (the most that ever happened) shows again lies in this time after the change.</summary>
    private static readonly TimeSpan LongestRepeat = TimeSpan.FromHours(26);

    /// <summary>The stretches over a time; the first begins early enough for a change to be known that still matters at <paramref name="from"/>.</summary>
    public static IEnumerable<OffsetStretch> Over(TimeZoneInfo zone, DateTime from, DateTime end)
    {
        var start = from - LongestRepeat;
        var before = zone.GetUtcOffset(start);
        while (start < end)
        {
            var offset = zone.GetUtcOffset(start);
            var next = Change(zone, start, end);
            yield return new OffsetStretch(start, next, offset, before);
            (start, before) = (next, offset);
        }
    }

    /// <summary>The first instant with another offset, or the end.</summary>
    private static DateTime Change(TimeZoneInfo zone, DateTime start, DateTime end)
    {
        var offset = zone.GetUtcOffset(start);
        while (start < end)
        {
            var next = end - start > Step ? start + Step : end;
            if (zone.GetUtcOffset(next) == offset)
            {
                start = next;
                continue;
            }

            var (same, other) = (start.Ticks, next.Ticks);
            while (other - same > 1)
            {
                var middle = same + ((other - same) / 2);
                if (zone.GetUtcOffset(new DateTime(middle, DateTimeKind.Utc)) == offset) same = middle;
                else other = middle;
            }

            return new DateTime(other, DateTimeKind.Utc);
        }

        return end;
    }
}
