using Dff.Abstractions.Errors;

namespace Dff.Grains.Crontab;

/// <summary>
/// The scheduled moments of an expression in a time zone, in UTC. A time that the clock jumps over counts at the jump; of a time that the clock shows
/// twice, a fixed hour and minute counts the first, an interval (minute or hour with *, range or step) both. Cronos has the same rules, but its own
/// walk through a zone does not end where winter time is the exception (Europe/Dublin), so only the calendar is left to it.
/// </summary>
public sealed class CrontabSchedule(CrontabExpression expression, TimeZoneInfo zone)
{
    public const int MaxNextRuns = 1000;

    private static readonly TimeSpan Horizon = TimeSpan.FromDays(3);

    private readonly WallClockMoments _moments = expression.Moments;

    /// <summary>The first moment after an instant; null: none before the year 9998.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => AtOrAfter(after.AddTicks(1));

    /// <summary>The next moments after an instant, fewer only where the calendar ends.</summary>
    /// <param name="count">1 to 1000.</param>
    public IReadOnlyList<DateTimeOffset> NextRuns(int count, DateTimeOffset from)
    {
        if (count is < 1 or > MaxNextRuns) throw DffException.BadRequest("count", $"count must be 1 to {MaxNextRuns}, not {count}");
        var runs = new List<DateTimeOffset>();
        for (var next = Next(from); next is { } moment && runs.Count < count; next = Next(moment)) runs.Add(moment);
        return runs;
    }

    /// <summary>Counts the moments of a time; the work grows with its days, not with its moments.</summary>
    public MomentCount Count(DateTimeOffset from, DateTimeOffset before)
    {
        var total = MomentCount.None;
        foreach (var part in Parts(from, before))
        {
            if (part.AtStart is { } moment) total = total.And(new MomentCount(1, moment, moment));
            var (count, first, last) = _moments.Count(part.WallFrom, part.WallEnd);
            if (count > 0) total = total.And(new MomentCount(count, part.ToUtc(first), part.ToUtc(last)));
        }

        return total;
    }

    private IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset before)
    {
        foreach (var part in Parts(from, before))
        {
            if (part.AtStart is { } moment) yield return moment;
            foreach (var wall in _moments.Between(part.WallFrom, part.WallEnd)) yield return part.ToUtc(wall);
        }
    }

    /// <summary>The last moments of a time, oldest first; looks back only as far as it must.</summary>
    public IReadOnlyList<DateTimeOffset> Latest(int count, DateTimeOffset from, DateTimeOffset before)
    {
        for (var window = TimeSpan.FromMinutes(count); ; window *= 2)
        {
            var start = before - from > window ? before - window : from;
            var found = Between(start, before).TakeLast(count).ToList();
            if (found.Count == count || start == from) return found;
        }
    }

    private DateTimeOffset? AtOrAfter(DateTimeOffset from)
    {
        while (true)
        {
            if (from.Year >= 9998) return null;
            var end = (from < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : from) + Horizon;
            foreach (var part in Parts(from, end))
            {
                if (part.AtStart is { } moment) return moment;
                if (_moments.AtOrAfter(part.WallFrom) is { } wall && wall < part.WallEnd) return part.ToUtc(wall);
            }

            // No offset changes by as much as the horizon, so up to that much before the next time on the wall there is nothing.
            var offset = zone.GetUtcOffset(end);
            if (_moments.AtOrAfter(end.UtcDateTime + offset) is not { } next) return null;
            var near = new DateTimeOffset(next - offset, TimeSpan.Zero) - TimeSpan.FromDays(2);
            from = near > end ? near : end;
        }
    }

    private IEnumerable<Part> Parts(DateTimeOffset from, DateTimeOffset before)
    {
        var begin = from < DateTimeOffset.UnixEpoch ? DateTime.UnixEpoch : from.UtcDateTime;
        foreach (var stretch in OffsetStretch.Over(zone, begin, before.UtcDateTime))
        {
            var wallFrom = (stretch.Start > begin ? stretch.Start : begin) + stretch.Offset;
            if (!expression.IsInterval && stretch.Start + stretch.Before > wallFrom) wallFrom = stretch.Start + stretch.Before;
            var atStart = stretch.Start >= begin && IsDueAtJump(stretch) ? new DateTimeOffset(stretch.Start) : (DateTimeOffset?)null;
            yield return new Part(atStart, wallFrom, stretch.End + stretch.Offset, stretch.Offset);
        }
    }

    /// <summary>Whether the clock jumps over a moment, and the end of the jump is not one itself.</summary>
    private bool IsDueAtJump(OffsetStretch stretch)
    {
        if (stretch.Offset <= stretch.Before) return false;
        var landing = stretch.Start + stretch.Offset;
        return _moments.AtOrAfter(stretch.Start + stretch.Before) < landing && _moments.AtOrAfter(landing) != landing;
    }

    private readonly record struct Part(DateTimeOffset? AtStart, DateTime WallFrom, DateTime WallEnd, TimeSpan Offset)
    {
        public DateTimeOffset ToUtc(DateTime wall) => new(DateTime.SpecifyKind(wall - Offset, DateTimeKind.Unspecified), TimeSpan.Zero);
    }
}

/// <param name="First">Meaningless where there is none.</param>
public readonly record struct MomentCount(long Count, DateTimeOffset First, DateTimeOffset Last)
{
    public static MomentCount None { get; }

    /// <summary>With later moments.</summary>
    public MomentCount And(MomentCount later) =>
        Count == 0 ? later : later.Count == 0 ? this : new MomentCount(Count + later.Count, First, later.Last);
}
