namespace Dff.Python.Workers;

/// <summary>
/// The processes of one queue. A call takes the idle process that was used last, or waits in line. Processes are started when calls wait, and one ahead
/// while there is room; at most <see cref="Concurrency"/> run calls at once, and while one is being replaced one more may be alive.
/// </summary>
internal sealed class WorkerPool(int queue, int concurrency, PythonEngineOptions options, TimeProvider time, Func<WorkerPool, Task<WorkerProcess?>> start)
{
    private readonly Lock _lock = new();
    private readonly Stack<WorkerProcess> _idle = new();
    private readonly LinkedList<TaskCompletionSource<WorkerProcess?>> _line = new();
    private readonly HashSet<WorkerProcess> _alive = [];
    private int _busy;
    private int _starting;
    private long _lastUse = time.GetTimestamp();
    private bool _isClosed;

    public int Queue { get; } = queue;

    public int Concurrency { get; private set; } = concurrency;

    public PoolReport Report()
    {
        lock (_lock) return new PoolReport(Queue, Concurrency, _alive.Count, _busy, _line.Count, [.. _alive.Select(worker => worker.ProcessId)]);
    }

    public async ValueTask<PythonOutcome> RunAsync(PythonCall call, CancellationToken cancellationToken)
    {
        var worker = TryTake(out var place, out var refusal);
        if (refusal is not null) return refusal;
        worker ??= await WaitAsync(place!, call.WaitLimit, cancellationToken);
        if (worker is null)
        {
            return cancellationToken.IsCancellationRequested
                ? new PythonOutcome { Kind = PythonOutcomeKind.Cancelled, ErrorType = "Cancelled", ErrorMessage = "the call was cancelled" }
                : new PythonOutcome { Kind = PythonOutcomeKind.NotStarted, ErrorType = "NotStarted", ErrorMessage = "no worker process was free in time" };
        }

        var outcome = await worker.RunAsync(call, cancellationToken);
        if (worker is { IsUsable: true, MustSettle: true }) _ = SettleAsync(worker);
        else Return(worker);
        return outcome;
    }

    public void SetConcurrency(int processes)
    {
        lock (_lock) Concurrency = processes;
        Grow();
        Shrink();
    }

    /// <summary>The zygote says that a process has gone.</summary>
    public void OnExited(WorkerProcess worker)
    {
        lock (_lock)
        {
            // One that runs a call is taken out when the call has ended.
            if (!_idle.Contains(worker)) return;
            RemoveIdle(worker);
            _alive.Remove(worker);
        }

        worker.Dispose();
        Grow();
    }

    /// <summary>Idle processes of a queue that nobody uses go.</summary>
    public void Trim()
    {
        List<WorkerProcess> gone;
        lock (_lock)
        {
            if (_busy > 0 || _line.Count > 0 || time.GetElapsedTime(_lastUse) < options.IdleTime) return;
            gone = [.. _idle];
            _idle.Clear();
            foreach (var worker in gone) _alive.Remove(worker);
        }

        foreach (var worker in gone) Discard(worker);
    }

    /// <summary>Nothing waits any more; what runs goes on.</summary>
    public void Close()
    {
        List<TaskCompletionSource<WorkerProcess?>> waiting;
        lock (_lock)
        {
            _isClosed = true;
            waiting = [.. _line];
            _line.Clear();
        }

        foreach (var place in waiting) place.TrySetResult(null);
    }

    public bool IsBusy
    {
        get
        {
            lock (_lock) return _busy > 0;
        }
    }

    /// <summary>Starts processes for those who wait, and one ahead while all are busy.</summary>
    public void Grow()
    {
        var wanted = 0;
        lock (_lock)
        {
            if (_isClosed) return;
            var worn = _alive.Count(worker => worker.Calls >= options.MaxCallsPerProcess);
            var room = Concurrency - (_alive.Count - worn) - _starting;
            var need = Math.Max(_line.Count - _idle.Count, 0) + (_idle.Count == 0 && _busy > 0 ? 1 : 0) - _starting;
            if (worn > 0) need = Math.Max(need, 1 - _starting);
            wanted = Math.Max(0, Math.Min(room, need));
            _starting += wanted;
        }

        for (; wanted > 0; wanted--) _ = StartAsync();
    }

    private WorkerProcess? TryTake(out LinkedListNode<TaskCompletionSource<WorkerProcess?>>? place, out PythonOutcome? refusal)
    {
        (place, refusal) = (null, null);
        var dead = default(List<WorkerProcess>);
        WorkerProcess? taken = null;
        lock (_lock)
        {
            _lastUse = time.GetTimestamp();
            while (taken is null && _line.Count == 0 && _busy < Concurrency && _idle.TryPop(out var worker))
            {
                if (worker.IsAlive) taken = worker;
                else
                {
                    _alive.Remove(worker);
                    (dead ??= []).Add(worker);
                }
            }

            if (taken is not null) _busy++;
            else if (_isClosed) refusal = new PythonOutcome { Kind = PythonOutcomeKind.NotStarted, ErrorType = "NotStarted", ErrorMessage = "the server is stopping" };
            else if (_line.Count >= options.MaxWaiting && _busy + _starting >= Concurrency)
            {
                refusal = new PythonOutcome
                {
                    Kind = PythonOutcomeKind.Congested,
                    ErrorType = "WorkerQueueCongestion",
                    ErrorMessage = $"{_line.Count} calls are waiting for queue {Queue} already",
                    Waiting = _line.Count,
                };
            }
            else place = _line.AddLast(new TaskCompletionSource<WorkerProcess?>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        if (dead is not null) foreach (var worker in dead) Discard(worker);
        if (taken is null || _idle.Count == 0) Grow();
        return taken;
    }

    private async ValueTask<WorkerProcess?> WaitAsync(LinkedListNode<TaskCompletionSource<WorkerProcess?>> place, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await place.Value.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            bool wasWaiting;
            lock (_lock)
            {
                wasWaiting = place.List is not null;
                if (wasWaiting) _line.Remove(place);
            }

            // A process was given in the very moment that the waiter gave up.
            if (!wasWaiting && await place.Value.Task is { } worker) Return(worker);
            return null;
        }
    }

    private async Task StartAsync()
    {
        WorkerProcess? worker = null;
        try
        {
            worker = await start(this);
        }
        finally
        {
            lock (_lock)
            {
                _starting--;
                if (worker is not null)
                {
                    _alive.Add(worker);
                    _busy++;
                }
            }
        }

        // Counted as busy until it is given away or put with the idle ones.
        if (worker is not null) Return(worker);
        DropWorn();
    }

    private async Task SettleAsync(WorkerProcess worker)
    {
        lock (_lock)
        {
            _busy--;
            _alive.Remove(worker);
        }

        Grow();
        if (!await worker.SettleAsync())
        {
            Discard(worker);
            return;
        }

        lock (_lock)
        {
            _alive.Add(worker);
            _busy++;
        }

        Return(worker);
    }

    private void Return(WorkerProcess worker)
    {
        TaskCompletionSource<WorkerProcess?>? next = null;
        var isDone = false;
        lock (_lock)
        {
            _busy--;
            _lastUse = time.GetTimestamp();
            var isReplaced = worker.Calls >= options.MaxCallsPerProcess && _alive.Any(other => other != worker && other.Calls < options.MaxCallsPerProcess);
            if (!worker.IsUsable || _alive.Count > Concurrency || isReplaced || _isClosed)
            {
                _alive.Remove(worker);
                isDone = true;
            }
            else if (_line.First is { } first && _busy < Concurrency)
            {
                _line.RemoveFirst();
                _busy++;
                next = first.Value;
            }
            else
            {
                _idle.Push(worker);
            }
        }

        if (isDone) Discard(worker);
        if (next is not null && !next.TrySetResult(worker)) Return(worker);
        if (isDone || worker.Calls == options.MaxCallsPerProcess) Grow();
    }

    /// <summary>After a start: idle processes that have run their calls give way.</summary>
    private void DropWorn()
    {
        List<WorkerProcess> worn;
        lock (_lock)
        {
            worn = [.. _idle.Where(worker => worker.Calls >= options.MaxCallsPerProcess)];
            foreach (var worker in worn)
            {
                RemoveIdle(worker);
                _alive.Remove(worker);
            }
        }

        foreach (var worker in worn) Discard(worker);
    }

    private void Shrink()
    {
        List<WorkerProcess> gone = [];
        lock (_lock)
        {
            while (_alive.Count > Concurrency && _idle.TryPop(out var worker))
            {
                _alive.Remove(worker);
                gone.Add(worker);
            }
        }

        foreach (var worker in gone) Discard(worker);
    }

    private void RemoveIdle(WorkerProcess worker)
    {
        var rest = _idle.Where(other => other != worker).Reverse().ToList();
        _idle.Clear();
        foreach (var other in rest) _idle.Push(other);
    }

    private static void Discard(WorkerProcess worker)
    {
        worker.Retire();
        worker.Dispose();
    }
}
