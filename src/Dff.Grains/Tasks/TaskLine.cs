using Dff.Storage.Tasks;

namespace Dff.Grains.Tasks;

/// <summary>
/// The unfinished tasks of a queue in memory: some 300 bytes each, and what they carry up to a budget; the rest of that is read from the store when a task begins.
/// </summary>
internal sealed class TaskLine
{
    private const long MostPayloadBytes = 32 * 1024 * 1024;

    private readonly Dictionary<string, QueuedTask> _all = new(StringComparer.Ordinal);
    private readonly SortedSet<QueuedTask> _ready = new(Comparer<QueuedTask>.Create((a, b) => (-a.Priority, a.Order).CompareTo((-b.Priority, b.Order))));
    private readonly SortedSet<QueuedTask> _scheduled = new(Comparer<QueuedTask>.Create((a, b) => (a.DueTime, a.Order).CompareTo((b.DueTime, b.Order))));
    private readonly SortedSet<QueuedTask> _expiring = new(Comparer<QueuedTask>.Create((a, b) => (a.ExpireTime, a.Order).CompareTo((b.ExpireTime, b.Order))));
    private readonly HashSet<QueuedTask> _running = [];
    private long _lastOrder;
    private long _payloadBytes;

    public int Count => _all.Count;

    public int Ready => _ready.Count;

    public int Scheduled => _scheduled.Count;

    public IReadOnlyCollection<QueuedTask> Running => _running;

    /// <summary>When the next task becomes ready or expires; null: none does.</summary>
    public DateTimeOffset? NextMoment
    {
        get
        {
            var due = _scheduled.Min?.DueTime ?? DateTimeOffset.MaxValue;
            var expiry = _expiring.Min?.ExpireTime ?? DateTimeOffset.MaxValue;
            var next = due < expiry ? due : expiry;
            return next == DateTimeOffset.MaxValue ? null : next;
        }
    }

    public QueuedTask? Find(string id) => _all.GetValueOrDefault(id);

    public void Add(QueuedTask task, DateTimeOffset now)
    {
        task.Order = ++_lastOrder;
        _all.Add(task.Id, task);
        if (task.Phase == TaskPhase.Running) _running.Add(task);
        else Line(task, now);
    }

    /// <summary>Keeps what a task carries, as far as the budget goes.</summary>
    public void Keep(QueuedTask task, TaskPayload payload)
    {
        if (_payloadBytes + SizeOf(payload) > MostPayloadBytes) return;
        _payloadBytes += SizeOf(payload);
        task.Payload = payload;
    }

    /// <summary>Takes the first ready tasks out of the line; they run from now on.</summary>
    /// <param name="ahead">How many more may be taken; none of them, nor what comes after it, where a task may begin once only.</param>
    public List<QueuedTask> Take(int most, int ahead)
    {
        var taken = new List<QueuedTask>();
        while (taken.Count < most + ahead && _ready.Min is { } next && (taken.Count < most || next.MaxAttempts > 1))
        {
            Unline(next);
            next.Phase = TaskPhase.Running;
            _running.Add(next);
            taken.Add(next);
        }

        return taken;
    }

    /// <summary>Puts a task that ran into the line again.</summary>
    public void PutBack(QueuedTask task, DateTimeOffset dueTime, DateTimeOffset now)
    {
        _running.Remove(task);
        task.Phase = TaskPhase.Waiting;
        task.Silo = null;
        task.DueTime = dueTime;
        Line(task, now);
    }

    /// <summary>A task that waits for its moment need not wait any longer.</summary>
    public void Release(QueuedTask task, DateTimeOffset now)
    {
        Unline(task);
        task.DueTime = now;
        Line(task, now);
    }

    /// <summary>The task is out of line and of the running; it is still known until <see cref="Remove"/>.</summary>
    public void BeginEnd(QueuedTask task)
    {
        if (task.Phase == TaskPhase.Waiting) Unline(task);
        _running.Remove(task);
        task.Phase = TaskPhase.Ending;
    }

    public void Remove(QueuedTask task)
    {
        _all.Remove(task.Id);
        if (task.Payload is { } payload) _payloadBytes -= SizeOf(payload);
        task.Payload = null;
    }

    /// <summary>Moves tasks whose moment has come to the ready ones.</summary>
    public void MakeReady(DateTimeOffset now)
    {
        while (_scheduled.Min is { } next && next.DueTime <= now)
        {
            _scheduled.Remove(next);
            _ready.Add(next);
        }
    }

    /// <summary>Nobody here will see the end of any task: those that wait for one must ask again.</summary>
    public void ReleaseWaiters()
    {
        foreach (var task in _all.Values) task.SetEnded();
    }

    public List<QueuedTask> Expired(DateTimeOffset now) => [.. _expiring.TakeWhile(task => task.ExpireTime <= now)];

    public List<QueuedTask> Waiting() => [.. _ready, .. _scheduled];

    private void Line(QueuedTask task, DateTimeOffset now)
    {
        (task.DueTime > now ? _scheduled : _ready).Add(task);
        if (task.ExpireSeconds is not null) _expiring.Add(task);
    }

    /// <summary>Before its due time changes, by which the sets know it.</summary>
    private void Unline(QueuedTask task)
    {
        _ready.Remove(task);
        _scheduled.Remove(task);
        if (task.ExpireSeconds is not null) _expiring.Remove(task);
    }

    private static long SizeOf(TaskPayload payload) => 2L * (payload.KwargsJSON.Length + (payload.HttpRequestJSON?.Length ?? 0));
}
