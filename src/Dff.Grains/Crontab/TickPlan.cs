namespace Dff.Grains.Crontab;

/// <summary>How a config comes to its next moment: a timer waits for one that is near, the reminder for one that is far, or for a node that comes after this one.</summary>
/// <param name="Wait">The timer is set to it; null: none is needed.</param>
/// <param name="Reminder">The reminder is written to tick at it; null: it does so anyway.</param>
internal readonly record struct TickPlan(TimeSpan? Wait, DateTimeOffset? Reminder)
{
    /// <summary>
    /// The reminder ticks ahead of its moment, each config's by another time, and the config waits for the moment with all it must know: those of many configs
    /// are often the same, and nothing is then left to be read.
    /// </summary>
    public static readonly TimeSpan ShortestLead = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan LongestLead = TimeSpan.FromSeconds(33);

    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>A reminder that is not needed for so long is looked at all the same.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>What is not as far ahead is not worth preparing.</summary>
    public static readonly TimeSpan ShortestPreparation = TimeSpan.FromSeconds(1);

    /// <summary>How long after its moment a config asks what became of what it prepared: each after another time, and not while the runs are still being committed.</summary>
    private static readonly TimeSpan ShortestAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestAfter = TimeSpan.FromSeconds(5);

    /// <summary>A moment that is as near is waited for by the timer.</summary>
    private static readonly TimeSpan Soon = LongestLead + TimeSpan.FromSeconds(5);

    /// <summary>How far a moment may be from a tick that is to handle it.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    /// <param name="next">The first moment after those that have been handled. It may have come since.</param>
    /// <param name="firstTick">When the reminder's first tick is, or was, and with it where its later ones are; null: not known.</param>
    /// <param name="longest">How long the reminder may stay away.</param>
    public static TickPlan Of(DateTimeOffset next, DateTimeOffset now, DateTimeOffset? firstTick, TimeSpan lead, TimeSpan longest)
    {
        TimeSpan? wait = next - now < Soon ? UntilOver(next - now) : null;
        var look = next - lead;
        if (look > now + longest) look = now + longest;
        // The timer sees to a moment as near; the reminder, to the next one.
        var isCertain = firstTick is { } first && (look <= now || (NextTick(first, now) - look).Duration() < Tolerance);
        return new TickPlan(wait, isCertain ? null : look);
    }

    /// <param name="lead">The config's own.</param>
    public static TimeSpan AfterPreparation(TimeSpan lead) => ShortestAfter + ((LongestAfter - ShortestAfter) * ((lead - ShortestLead) / (LongestLead - ShortestLead)));

    /// <summary>Timers count whole milliseconds from the begin of one, and would end before their moment.</summary>
    private static TimeSpan UntilOver(TimeSpan rest) => rest <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(rest / Millisecond)) + Millisecond;

    /// <summary>The next moment on the grid of the reminder's period; a tick may come a little late.</summary>
    private static DateTimeOffset NextTick(DateTimeOffset first, DateTimeOffset now)
    {
        var tick = first + (Math.Max(0, Math.Ceiling((now - first - Tolerance) / Period)) * Period);
        return tick > now ? tick : tick + Period;
    }
}
