using Dff.Abstractions.AuthLinks;

namespace Dff.Grains.AuthLinks;

/// <summary>
/// Counts calls in fixed windows. Windows of an hour and longer survive a crash: a block of calls is stored as used before the first of it is admitted,
/// so that after a crash up to a block may be refused too early, and none admitted too many.
/// </summary>
public sealed class ThrottlingWindows
{
    private readonly List<Window> _windows = [];

    public ThrottlingWindows(Throttling limits, IReadOnlyDictionary<string, StoredWindow> stored)
    {
        Add("bySecond", limits.BySecond, 1, isStored: false);
        Add("byMinute", limits.ByMinute, 60, isStored: false);
        Add("byHour", limits.ByHour, 3600, isStored: true);
        Add("byDay", limits.ByDay, 86400, isStored: true);
        Add("byMonth", limits.ByMonth, 30 * 86400, isStored: true);
        Add("byYear", limits.ByYear, 365 * 86400, isStored: true);

        void Add(string rule, int? limit, long seconds, bool isStored)
        {
            if (limit is not { } most) return;
            var window = new Window(rule, most, seconds, isStored);
            if (stored.TryGetValue(rule, out var before)) (window.Index, window.Count, window.Reserved) = (before.Index, before.Count, before.Count);
            _windows.Add(window);
        }
    }

    /// <summary>The first rule that refuses, without counting anything; null: the call may be counted.</summary>
    public Admission? Refusal(DateTimeOffset now)
    {
        foreach (var window in _windows)
        {
            window.MoveTo(now);
            if (window.Count >= window.Limit) return new Admission(window.Rule, window.Limit, window.Count, window.SecondsLeft(now));
        }

        return null;
    }

    /// <summary>Reserves blocks where this call needs them; true: the reservations must be stored before the call is admitted.</summary>
    public bool Reserve()
    {
        var hasChanged = false;
        foreach (var window in _windows.Where(window => window.IsStored && window.Count >= window.Reserved))
        {
            window.Reserved = Math.Min(window.Limit, window.Count + window.Block);
            hasChanged = true;
        }

        return hasChanged;
    }

    public void Count()
    {
        foreach (var window in _windows) window.Count++;
    }

    public Dictionary<string, StoredWindow> ToStore() =>
        _windows.Where(window => window.IsStored).ToDictionary(window => window.Rule, window => new StoredWindow(window.Index, window.Reserved));

    private sealed class Window(string rule, int limit, long seconds, bool isStored)
    {
        public string Rule { get; } = rule;

        public int Limit { get; } = limit;

        public bool IsStored { get; } = isStored;

        public int Block { get; } = Math.Clamp(limit / 100, 1, 1000);

        public long Index { get; set; }

        public int Count { get; set; }

        /// <summary>Calls stored as used.</summary>
        public int Reserved { get; set; }

        public void MoveTo(DateTimeOffset now)
        {
            var index = now.ToUnixTimeSeconds() / seconds;
            if (index == Index) return;
            (Index, Count, Reserved) = (index, 0, 0);
        }

        public double SecondsLeft(DateTimeOffset now) =>
            Math.Round(((Index + 1) * seconds) - (now.ToUnixTimeMilliseconds() / 1000.0), 3);
    }
}
