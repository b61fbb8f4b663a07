namespace Dff.Python.Workers;

/// <summary>The calls of one queue that wait for a process, first come first served. Guarded by its pool's lock.</summary>
internal sealed class WaitLine
{
    private readonly LinkedList<Waiter> _line = [];

    public int Count => _line.Count;

    public void Add(Waiter waiter, bool atFront)
    {
        if (atFront) _line.AddFirst(waiter.Place);
        else _line.AddLast(waiter.Place);
    }

    public Waiter Next()
    {
        var place = _line.First!;
        _line.Remove(place);
        return place.Value;
    }

    /// <summary>False when its turn has come already.</summary>
    public bool Leave(Waiter waiter)
    {
        if (waiter.Place.List is null) return false;
        _line.Remove(waiter.Place);
        return true;
    }
}

/// <summary>One call in the line. It gets a worker, or null when it need not wait any longer: cancelled, or the engine stops.</summary>
internal sealed class Waiter : TaskCompletionSource<Worker?>
{
    public Waiter(WorkerPool pool)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Pool = pool;
        Place = new LinkedListNode<Waiter>(this);
    }

    public WorkerPool Pool { get; }

    /// <summary>The call's wait limit has ended.</summary>
    public bool IsOverdue { get; set; }

    public LinkedListNode<Waiter> Place { get; }
}
