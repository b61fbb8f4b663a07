using Dff.Abstractions.Crontab;

namespace Dff.Grains.Tasks;

/// <summary>
/// What crontab configs have brought ahead of their moments, so that when those of very many are the same only the commits are left to be made. Nothing of it
/// is stored before its moment: what is lost with the node is found missing by its config soon after, and a config that changes takes it back.
/// </summary>
internal sealed class PreparedAdvances
{
    /// <summary>How long a config may take to ask what became of it; then it reads the store.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    /// <summary>As many share a commit.</summary>
    private const int MostTogether = 1000;

    private readonly SortedDictionary<DateTimeOffset, Dictionary<string, CrontabAdvance>> _waiting = [];
    private readonly Dictionary<string, DateTimeOffset> _moments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Begun> _begun = new(StringComparer.Ordinal);

    /// <summary>Null: nothing waits.</summary>
    public DateTimeOffset? NextMoment { get; private set; }

    /// <summary>In place of what the same config has brought before.</summary>
    public void Put(CrontabAdvance advance)
    {
        TakeBack(advance.ConfigId);
        var moment = advance.Runs[0].ScheduledTime;
        if (!_waiting.TryGetValue(moment, out var group)) _waiting.Add(moment, group = new Dictionary<string, CrontabAdvance>(StringComparer.Ordinal));
        group.Add(advance.ConfigId, advance);
        _moments.Add(advance.ConfigId, moment);
        FindNext();
    }

    /// <summary>Begins what is due.</summary>
    /// <param name="advance">Answers for each what became of it.</param>
    public void Begin(DateTimeOffset now, Func<IReadOnlyList<CrontabAdvance>, Task<IReadOnlyList<CrontabAdvanced>>> advance)
    {
        if (!(NextMoment <= now)) return;
        foreach (var (config, begun) in _begun)
        {
            if (begun.Moment < now - Kept) _begun.Remove(config);
        }

        while (NextMoment is { } moment && moment <= now)
        {
            _waiting.Remove(moment, out var group);
            foreach (var some in group!.Values.Chunk(MostTogether))
            {
                var outcomes = advance(some);
                for (var index = 0; index < some.Length; index++)
                {
                    _moments.Remove(some[index].ConfigId);
                    _begun[some[index].ConfigId] = new Begun(moment, outcomes, index);
                }
            }

            FindNext();
        }
    }

    /// <summary>Takes back what has not begun; what has, is told when it is committed.</summary>
    /// <returns>Null: nothing is known of this config.</returns>
    public Task<CrontabAdvanced>? Settle(string configId)
    {
        if (TakeBack(configId) is { } advance) return Task.FromResult(new CrontabAdvanced(IsApplied: false, advance.From));
        return _begun.Remove(configId, out var begun) ? begun.OutcomeAsync() : null;
    }

    private CrontabAdvance? TakeBack(string configId)
    {
        if (!_moments.Remove(configId, out var moment)) return null;
        var group = _waiting[moment];
        group.Remove(configId, out var advance);
        if (group.Count == 0) _waiting.Remove(moment);
        FindNext();
        return advance;
    }

    private void FindNext() => NextMoment = _waiting.Count == 0 ? null : _waiting.First().Key;

    private sealed record Begun(DateTimeOffset Moment, Task<IReadOnlyList<CrontabAdvanced>> Outcomes, int Index)
    {
        public async Task<CrontabAdvanced> OutcomeAsync() => (await Outcomes)[Index];
    }
}
