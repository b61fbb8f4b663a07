using Dff.Abstractions.Crontab;

namespace Dff.Grains.Crontab;

/// <summary>
/// Decides what becomes of the scheduled moments between the cursor and now: each runs or is covered by exactly one skip record.
/// A moment at or before the cursor is never planned, wherever the clock was set. The work grows with the days of an outage, not with its moments.
/// </summary>
public sealed class CatchUp
{
    /// <summary>Most missed moments that the policy <see cref="MisfirePolicy.All"/> catches up on.</summary>
    public const int MaxRuns = 100;

    /// <summary>Most unfinished runs that the policy <see cref="OverlapPolicy.Queue"/> lets gather.</summary>
    public const int MaxUnfinishedRuns = 100;

    /// <summary>How late the latest moment is still on time: a reminder lost with its silo comes again after a minute.</summary>
    public static readonly TimeSpan OnTime = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly CatchUpRequest _request;

    private readonly List<SkippedMoments> _skips = [];

    private readonly List<PlannedRun> _runs = [];

    private DateTimeOffset _cursor;

    private CatchUp(CatchUpRequest request) => (_request, _cursor) = (request, request.Cursor);

    private bool IsExpiredNow => _request.ExpireTime <= _request.Now;

    private bool IsDisabledNow => IsDisabled(_request.Now);

    public static CatchUpPlan Plan(CatchUpRequest request)
    {
        var catchUp = new CatchUp(request);
        if (request.Now > request.Cursor) catchUp.PlanAll();
        return new CatchUpPlan(catchUp._runs, catchUp._skips, catchUp._cursor);
    }

    private void PlanAll()
    {
        var spans = Spans();
        var due = Due(spans);
        var runs = due.Take(Room()).ToHashSet();
        var firstDue = due.Count > 0 ? due[0] : DateTimeOffset.MaxValue;
        foreach (var span in spans)
        {
            if (span.Reason is { } reason)
            {
                Skip(reason, _request.Schedule.Count(span.From, span.Before));
                continue;
            }

            if (span.From < firstDue) Skip(ReasonOfMissed(), _request.Schedule.Count(span.From, firstDue < span.Before ? firstDue : span.Before));
            foreach (var moment in due.Where(moment => moment >= span.From && moment < span.Before))
            {
                if (runs.Contains(moment)) Run(moment);
                else Skip(SkipReason.Overlap, new MomentCount(1, moment, moment));
            }
        }
    }

    /// <summary>The time after the cursor until and with now, cut where the config was disabled, enabled or expired.</summary>
    private List<Span> Spans()
    {
        var (from, before) = (_request.Cursor + Tick, _request.Now + Tick);
        var cuts = new SortedSet<DateTimeOffset> { from, before };
        foreach (var period in _request.DisabledPeriods)
        {
            Cut(period.From);
            Cut(period.To);
        }

        Cut(_request.ExpireTime);
        return [.. cuts.Zip(cuts.Skip(1), (start, end) => new Span(start, end, ReasonAt(start)))];

        void Cut(DateTimeOffset? at)
        {
            if (at > from && at < before) cuts.Add(at.Value);
        }
    }

    private SkipReason? ReasonAt(DateTimeOffset moment) =>
        IsDisabled(moment) ? SkipReason.Disabled : _request.ExpireTime <= moment ? SkipReason.Expired : null;

    private bool IsDisabled(DateTimeOffset moment) =>
        _request.DisabledPeriods.Any(period => period.From <= moment && !(period.To <= moment));

    /// <summary>The moments that are to run unless an earlier run is in their way, oldest first: the latest that the misfire policy allows.</summary>
    private List<DateTimeOffset> Due(List<Span> spans)
    {
        var due = new List<DateTimeOffset>();
        if (IsDisabledNow) return due;
        var policies = _request.Policies;
        var grace = TimeSpan.FromSeconds(policies.MisfireGraceSeconds);
        // Once expired, a config starts nothing any more but what was on time.
        var lateness = policies.Misfire == MisfirePolicy.Skip || IsExpiredNow || grace < OnTime ? OnTime : grace;
        var oldest = _request.Now - lateness;
        var most = policies.Misfire == MisfirePolicy.All && !IsExpiredNow ? MaxRuns : 1;
        foreach (var span in spans.AsEnumerable().Reverse().Where(span => span.Reason is null && span.Before > oldest))
        {
            due.InsertRange(0, _request.Schedule.Latest(most - due.Count, span.From > oldest ? span.From : oldest, span.Before));
            if (due.Count == most) break;
        }

        return due;
    }

    private int Room() => _request.Policies.Overlap switch
    {
        OverlapPolicy.Allow => int.MaxValue,
        OverlapPolicy.Queue => Math.Max(0, MaxUnfinishedRuns - _request.UnfinishedRuns),
        _ => _request.UnfinishedRuns > 0 ? 0 : int.MaxValue,
    };

    private SkipReason ReasonOfMissed() => IsDisabledNow ? SkipReason.Disabled : IsExpiredNow ? SkipReason.Expired : SkipReason.Misfire;

    private void Run(DateTimeOffset moment)
    {
        var isFirst = _runs.Count == 0 && _request.UnfinishedRuns == 0;
        _runs.Add(new PlannedRun(CrontabTaskId.Of(_request.ConfigId, moment), moment, !isFirst && _request.Policies.Overlap != OverlapPolicy.Allow));
        _cursor = moment;
    }

    private void Skip(SkipReason reason, MomentCount moments)
    {
        if (moments.Count == 0) return;
        var isContinued = _skips.Count > 0 && _skips[^1].Reason == reason && !(_runs.Count > 0 && _runs[^1].ScheduledTime > _skips[^1].Last);
        if (isContinued) _skips[^1] = _skips[^1] with { Last = moments.Last, Count = _skips[^1].Count + moments.Count };
        else _skips.Add(new SkippedMoments(reason, moments.First, moments.Last, moments.Count));
        _cursor = moments.Last;
    }

    /// <param name="Reason">Why no moment in it runs; null: the policies decide.</param>
    private readonly record struct Span(DateTimeOffset From, DateTimeOffset Before, SkipReason? Reason);
}
