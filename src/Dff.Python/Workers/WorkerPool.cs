using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Workers;

/// <summary>
/// The processes of one queue. At most <c>concurrency</c> calls run at once; one process more may be alive, so that a warm spare takes the place
/// of one that is killed, worn out, or busy with what a call left behind.
/// </summary>
internal sealed class WorkerPool(int queue, int concurrency, Nursery nursery, WorkerSurroundings surroundings)
{
    // A call whose process turns out to be dead is tried on another one; so many in a row are no accident.
    private const int MostTries = 20;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly PythonEngineOptions _options = surroundings.Options;
    private readonly TimeProvider _time = surroundings.Time;
    private readonly List<Worker> _idle = []; // the one used last is the next: its caches are warm
    private readonly HashSet<Worker> _alive = []; // idle, busy and settling
    private readonly WaitLine _line = new();
    private int _concurrency = concurrency;
    private int _busy;
    private int _starting;
    private int _failuresInARow;
    private bool _isWarm; // it was called since it last gave all its processes back
    private long _lastCall = surroundings.Time.GetTimestamp();
    private TaskCompletionSource? _drained; // set: no new calls
    private bool _isClosed; // nor any processes

    public int Queue => queue;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PythonOutcome> CallAsync(PythonCall call, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            if (cancellationToken.IsCancellationRequested) return Unrun.Cancelled;
            var (worker, waiter, refusal) = Enter(isRetry: attempt > 0);
            if (refusal is not null) return refusal;
            if (waiter is not null)
            {
                worker = await WaitAsync(waiter, call.WaitLimit, cancellationToken).ConfigureAwait(false);
                if (worker is null) return cancellationToken.IsCancellationRequested ? Unrun.Cancelled : waiter.IsOverdue ? Unrun.NotStarted : Unrun.Stopping;
            }

            var (outcome, state) = await RunAsync(worker!, call, cancellationToken).ConfigureAwait(false);
            Leave(worker!, state);
            if (outcome is not null) return outcome;
        }

        return Unrun.Lost(MostTries);
    }

    public void SetConcurrency(int processes)
    {
        List<Worker> surplus;
        lock (_gate)
        {
            _concurrency = processes;
            surplus = TakeIdle(_alive.Count - (processes + 1));
            Dispatch();
        }

        Retire(surplus);
    }

    /// <summary>Gives all processes back when the queue had no call for long.</summary>
    public void Trim()
    {
        List<Worker> surplus;
        lock (_gate)
        {
            if (_busy > 0 || _line.Count > 0 || _time.GetElapsedTime(_lastCall) < _options.IdleTimeToTrim) return;
            _isWarm = false;
            surplus = TakeIdle(_idle.Count);
        }

        Retire(surplus);
    }

    /// <summary>Starts what the waiting calls need; for when there is a zygote again.</summary>
    public void Wake()
    {
        lock (_gate) Dispatch();
    }

    /// <summary>A process ended, perhaps an idle one: it must not be given to the next call.</summary>
    public void OnExited(Worker worker)
    {
        lock (_gate)
        {
            if (!_idle.Remove(worker)) return; // the one who uses it finds out
            _alive.Remove(worker);
            Dispatch();
        }

        worker.Dispose();
    }

    /// <summary>Refuses new calls. The task ends when the last one under way has.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            EndDrain();
            return _drained.Task;
        }
    }

    public void KillAll()
    {
        Worker[] alive;
        lock (_gate)
        {
            _isClosed = true;
            while (_line.Count > 0) _line.Next().TrySetResult(null);
            alive = [.. _alive];
            EndDrain();
        }

        foreach (var worker in alive) worker.Kill(KillReason.Stopping);
    }

    public PoolReport Report()
    {
        lock (_gate) return new PoolReport(queue, _concurrency, _alive.Count, _busy, _line.Count, [.. _alive.Select(worker => worker.ProcessId).Order()]);
    }

    private (Worker? Worker, Waiter? Waiter, PythonOutcome? Refusal) Enter(bool isRetry)
    {
        lock (_gate)
        {
            if (_isClosed || (_drained is not null && !isRetry)) return (null, null, Unrun.Stopping);
            _lastCall = _time.GetTimestamp();
            _isWarm = true;
            if ((isRetry || _line.Count == 0) && _busy < _concurrency && _idle.Count > 0)
            {
                var worker = TakeLastIdle();
                StartMissing();
                return (worker, null, null);
            }

            if (!isRetry && _line.Count >= _options.MaxWaiting) return (null, null, Unrun.Congested(queue, _line.Count));
            var waiter = new Waiter(this);
            _line.Add(waiter, atFront: isRetry);
            StartMissing();
            return (null, waiter, null);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(PythonOutcome? Outcome, WorkerState State)> RunAsync(Worker worker, PythonCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await worker.RunAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // A fault of the caller's snapshot, or of the engine: the caller hears of it, but the queue must not lose a process for good.
            Leave(worker, WorkerState.Gone);
            throw;
        }
    }

    private async ValueTask<Worker?> WaitAsync(Waiter waiter, TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var timer = limit == Timeout.InfiniteTimeSpan ? null : _time.CreateTimer(static state => ((Waiter)state!).Pool.EndWait((Waiter)state), waiter, limit, Timeout.InfiniteTimeSpan);
        await using var registration = cancellationToken.UnsafeRegister(static state => ((Waiter)state!).Pool.GiveUp((Waiter)state), waiter);
        return await waiter.Task.ConfigureAwait(false);
    }

    private void EndWait(Waiter waiter)
    {
        waiter.IsOverdue = true;
        GiveUp(waiter);
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_gate)
        {
            if (!_line.Leave(waiter)) return; // it has its worker, whose run is cancelled instead
            EndDrain();
        }

        waiter.TrySetResult(null);
    }

    private void Leave(Worker worker, WorkerState state)
    {
        var isWorn = worker.Calls >= _options.MaxCallsPerProcess;
        bool isKept;
        lock (_gate)
        {
            _busy--;
            _lastCall = _time.GetTimestamp();
            isKept = state != WorkerState.Gone && !isWorn && _alive.Count <= _concurrency + 1 && worker.IsUsable;
            if (!isKept) _alive.Remove(worker);
            else if (state == WorkerState.Free) _idle.Add(worker);
            Dispatch();
            EndDrain();
        }

        if (!isKept) _ = DiscardAsync(worker, isGraceful: state == WorkerState.Free);
        else if (state == WorkerState.Settling) _ = SettleAsync(worker);
    }

    private async Task SettleAsync(Worker worker)
    {
        var isSettled = await worker.SettleAsync().ConfigureAwait(false);
        lock (_gate)
        {
            isSettled = isSettled && worker.IsUsable && _alive.Count <= _concurrency + 1;
            if (isSettled) _idle.Add(worker);
            else _alive.Remove(worker);
            Dispatch();
        }

        if (!isSettled) await DiscardAsync(worker, isGraceful: false).ConfigureAwait(false);
    }

    /// <summary>Hands idle processes to waiting calls, then sees to it that there will be enough.</summary>
    private void Dispatch()
    {
        while (_line.Count > 0 && _busy < _concurrency && _idle.Count > 0) _line.Next().TrySetResult(TakeLastIdle());
        StartMissing();
    }

    private Worker TakeLastIdle()
    {
        var worker = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        _busy++;
        return worker;
    }

    private void StartMissing()
    {
        if (!_isWarm || _isClosed) return;
        var forWaiting = Math.Min(_line.Count, _concurrency - _busy);
        var missing = Math.Min(Math.Max(forWaiting, 0) + 1 - _idle.Count - _starting, _concurrency + 1 - _alive.Count - _starting);
        for (var i = 0; i < missing; i++)
        {
            _starting++;
            _ = StartAsync();
        }
    }

    private async Task StartAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the caller holds the lock
        var worker = await nursery.SpawnAsync(this).ConfigureAwait(false);
        if (worker is null) await DelayAfterFailureAsync().ConfigureAwait(false);
        bool isKept;
        lock (_gate)
        {
            _starting--;
            isKept = worker is not null && worker.IsUsable && _isWarm && !_isClosed && _alive.Count <= _concurrency;
            if (isKept)
            {
                _failuresInARow = 0;
                _alive.Add(worker!);

                // At the bottom: it is the spare until the warmer ones are all busy.
                _idle.Insert(0, worker!);
            }

            Dispatch();
        }

        if (worker is not null && !isKept) await DiscardAsync(worker, isGraceful: true).ConfigureAwait(false);
    }

    private async Task DelayAfterFailureAsync()
    {
        TimeSpan delay;
        lock (_gate)
        {
            delay = FirstDelay * Math.Pow(2, Math.Min(_failuresInARow++, 10));
            if (delay > LongestDelay) delay = LongestDelay;
        }

        EngineLog.WorkerNotStarted(surroundings.Logger, queue, delay);
        await Task.Delay(delay, _time).ConfigureAwait(false);
    }

    private List<Worker> TakeIdle(int count)
    {
        var taken = _idle[..Math.Clamp(count, 0, _idle.Count)];
        _idle.RemoveRange(0, taken.Count);
        foreach (var worker in taken) _alive.Remove(worker);
        return taken;
    }

    private void EndDrain()
    {
        if (_busy == 0 && _line.Count == 0) _drained?.TrySetResult();
    }

    private static void Retire(List<Worker> workers)
    {
        foreach (var worker in workers) _ = DiscardAsync(worker, isGraceful: true);
    }

    private static async Task DiscardAsync(Worker worker, bool isGraceful)
    {
        if (isGraceful) await worker.RetireAsync().ConfigureAwait(false);
        worker.Kill(KillReason.Retired);
        worker.Dispose();
    }
}
