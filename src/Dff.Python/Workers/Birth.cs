using Dff.Python.Processes;

namespace Dff.Python.Workers;

/// <summary>A worker process from the order to start it until its end, known by its slot. Only who knows the nonce may speak for it.</summary>
internal sealed class Birth(int slot, string nonce, Zygote parent, WorkerPool pool, Action<Birth> killed)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<Worker?> _worker = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _killOrdered;
    private bool _hasEnded;

    public int Slot => slot;

    public string Nonce => nonce;

    public Zygote Parent => parent;

    public WorkerPool Pool => pool;

    /// <summary>Null when the process ended before it said hello.</summary>
    public Task<Worker?> Worker => _worker.Task;

    public Task Ended => _ended.Task;

    /// <summary>False when it came too late, or a second time.</summary>
    public bool Connect(Worker worker)
    {
        lock (_gate) return !_hasEnded && !_killOrdered && _worker.TrySetResult(worker);
    }

    public void Kill()
    {
        lock (_gate)
        {
            if (_killOrdered || _hasEnded) return;
            _killOrdered = true;
        }

        // By the zygote that made it: the next one may have given the slot to another worker.
        parent.Kill(slot);
        killed(this);
    }

    public void OnExited(WorkerExit exit)
    {
        lock (_gate) _hasEnded = true;
        _worker.TrySetResult(null);
        if (_worker.Task.Result is { } worker)
        {
            worker.OnExited(exit);
            pool.OnExited(worker);
        }

        _ended.TrySetResult();
    }
}
