using System.Collections.Concurrent;
using System.Threading.Channels;
using Dff.Abstractions.Tasks;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Tasks;

/// <summary>
/// Runs the tasks of one queue on this silo, at most <paramref name="concurrency"/> at once. A place is given to a task when it is free, and with it an attempt
/// begins. A place is free again when the end of its task is committed, and what comes next begins in that same commit. Only where the runs of the queue are
/// shorter than that, tasks begin a little ahead, so that no process waits for a commit.
/// </summary>
internal sealed partial class TaskPump(int queue, int concurrency, IQueueGrain grain, TaskRun run, ILocalSiloDetails me, ISiloStatusOracle silos, TimeProvider time, ILogger logger)
{
    private const int MostEnds = 500;
    private const int MostEndBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan PollLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    // Where the runs of a queue are so short, tasks begin ahead of their process: as many as all processes get through within it, but no more than this for
    // each and in all, because they wait in the line of those processes with everybody else's calls.
    private const double HorizonSeconds = 0.01;
    private const int MostAheadOfOne = 10;
    private const int MostAhead = 200;
    private const double FirstCost = 1;

    // Then it goes back; another node may be idle.
    private static readonly TimeSpan LongestAhead = TimeSpan.FromSeconds(1);

    // What cannot be taken down by then is found by the queue when this silo is gone.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<HeldTask, Attempt> _held = new();
    private readonly Channel<(EndedAttempt End, HeldTask Key)> _ended = Channel.CreateUnbounded<(EndedAttempt, HeldTask)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly SemaphoreSlim _freed = new(0);

    // One at a time looks at the calls under way, and adds one.
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly List<Task> _calls = [];
    private volatile bool _isUnsure;
    private readonly Lock _sizing = new();
    private int _size = concurrency;
    private int _wantedSize = concurrency;
    private int _free = concurrency;

    // Tasks that began while no process was free for them.
    private int _ahead;

    // Seconds of one run; of several threads, and a lost sample does not matter.
    private double _meanCost = FirstCost;
    private Task _leasing = Task.CompletedTask;
    private Task _completing = Task.CompletedTask;

    /// <summary>All attempts that are running here, or whose end has not been taken down yet.</summary>
    public IReadOnlyList<HeldTask> Held => [.. _held.Keys];

    public void Start()
    {
        _leasing = Task.Run(LeaseAsync);
        _completing = Task.Run(CompleteAsync);
    }

    /// <summary>How many tasks may run at once from now on; what is too much goes when it ends.</summary>
    public void SetConcurrency(int processes)
    {
        int more;
        lock (_sizing)
        {
            _wantedSize = processes;
            more = Math.Max(0, processes - _size);
            _size += more;
        }

        Free(more);
    }

    /// <summary>The attempt is not wanted any more: it is killed, and nothing is said of it.</summary>
    public void End(HeldTask key)
    {
        if (_held.TryGetValue(key, out var attempt)) attempt.Drop();
    }

    public async Task RenewAsync()
    {
        if (_held.IsEmpty) return;
        try
        {
            foreach (var gone in await grain.RenewAsync(me.SiloAddress, Held, isAll: false).ConfigureAwait(false)) End(gone);
        }
        catch (Exception error)
        {
            QueueUnreachable(queue, error);
        }
    }

    /// <summary>Takes nothing more, lets what runs end within <paramref name="limit"/>, and hands the rest back.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_held.Values.Select(attempt => attempt.Ended)).WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _leasing.ConfigureAwait(false);
        _giveUp.CancelAfter(GiveUpAfter);
        // What comes with an answer that was on its way ends at once.
        while (_held.Values is { Count: > 0 } rest)
        {
            foreach (var attempt in rest) attempt.Cancel();
            await Task.WhenAny(rest.Select(attempt => attempt.TakenDown)).ConfigureAwait(false);
        }

        _ended.Writer.TryComplete();
        await _completing.ConfigureAwait(false);
    }

    /// <summary>
    /// Asks the queue for tasks. After a call that failed, tasks may have begun for this silo that it will never hear of: when no call is under way any more,
    /// and before the next one, it tells the queue which ones it has.
    /// </summary>
    private async Task AskAsync(Func<Task<IReadOnlyList<LeasedTask>>> ask, int places)
    {
        Task call;
        await _asking.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isUnsure)
            {
                await Task.WhenAll(_calls).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                foreach (var gone in await grain.RenewAsync(me.SiloAddress, Held, isAll: true).ConfigureAwait(false)) End(gone);
                _isUnsure = false;
            }

            _calls.RemoveAll(earlier => earlier.IsCompleted);
            call = TakeAsync(ask, places);
            _calls.Add(call);
        }
        finally
        {
            _asking.Release();
        }

        await call.ConfigureAwait(false);
    }

    private async Task TakeAsync(Func<Task<IReadOnlyList<LeasedTask>>> ask, int places)
    {
        try
        {
            Begin(await ask().ConfigureAwait(false), places);
        }
        catch
        {
            _isUnsure = true;
            throw;
        }
    }

    private async Task LeaseAsync()
    {
        var delay = FirstDelay;
        while (!_stopping.IsCancellationRequested)
        {
            var free = Interlocked.Exchange(ref _free, 0);
            if (free == 0)
            {
                await _freed.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            try
            {
                // A silo that membership has given up must not begin anything.
                if (silos.CurrentStatus != SiloStatus.Active) throw new InvalidOperationException("This node is not a member of the cluster");
                await AskAsync(() => grain.LeaseAsync(me.SiloAddress, free, PollLimit), free).ConfigureAwait(false);
                delay = FirstDelay;
            }
            catch (Exception error)
            {
                QueueUnreachable(queue, error);
                Free(free);
                await WaitAsync(delay).ConfigureAwait(false);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
        }
    }

    private void Begin(IReadOnlyList<LeasedTask> leased, int places)
    {
        // There may be fewer now than were asked for.
        places = Kept(places);
        // First, because a run that ends at once pays back.
        if (leased.Count > places) Interlocked.Add(ref _ahead, leased.Count - places);
        foreach (var (index, task) in leased.Index())
        {
            var key = new HeldTask(task.TaskId, task.Attempt);
            var attempt = new Attempt();
            // Not on a thread of its own: until it is sent to its process, a run waits for nothing.
            if (_held.TryAdd(key, attempt)) _ = RunAsync(task, key, attempt, isAhead: index >= places);
        }

        Free(places - leased.Count);
    }

    /// <summary>How many of these places, which have become free, there are to be from now on.</summary>
    private int Kept(int places)
    {
        lock (_sizing)
        {
            var gone = Math.Clamp(_size - _wantedSize, 0, places);
            _size -= gone;
            return places - gone;
        }
    }

    /// <summary>How many more may begin ahead of their process.</summary>
    private int Ahead()
    {
        var cost = Volatile.Read(ref _meanCost);
        if (cost > HorizonSeconds) return 0;
        int size;
        lock (_sizing) size = _size;
        return Math.Max(0, (int)Math.Min(MostAhead, size * Math.Min(HorizonSeconds / cost, MostAheadOfOne)) - Volatile.Read(ref _ahead));
    }

    /// <summary>What ended makes up for what began ahead, before it frees places.</summary>
    private int PayBack(int ends)
    {
        while (true)
        {
            var ahead = Volatile.Read(ref _ahead);
            var paid = Math.Min(ahead, ends);
            if (Interlocked.CompareExchange(ref _ahead, ahead - paid, ahead) == ahead) return paid;
        }
    }

    /// <summary>Runs that are short for long let tasks begin ahead; one that waited in vain for its process ends that at once.</summary>
    private void Learn(EndedAttempt ended)
    {
        var cost = Volatile.Read(ref _meanCost);
        Volatile.Write(ref _meanCost, ended.End == AttemptEnd.Ended ? (cost * 0.9) + (Math.Max(ended.Cost.TotalSeconds, 0.0001) * 0.1) : FirstCost);
    }

    private void Free(int places)
    {
        if (places <= 0) return;
        Interlocked.Add(ref _free, places);
        _freed.Release();
    }

    private async Task RunAsync(LeasedTask task, HeldTask key, Attempt attempt, bool isAhead)
    {
        EndedAttempt ended;
        try
        {
            ended = _stopping.IsCancellationRequested
                ? TaskRun.HandedBack(task, "The node is stopping")
                : await run.RunAsync(queue, task, isAhead ? LongestAhead : Timeout.InfiniteTimeSpan, attempt.Token).ConfigureAwait(false);
            Learn(ended);
        }
        catch (Exception error)
        {
            RunFailed(queue, task.TaskId, error);
            ended = TaskRun.HandedBack(task, $"The node could not run it: {error.Message}");
        }

        if (attempt.IsDropped)
        {
            Forget(key);
            Free(Kept(1 - PayBack(1)));
        }
        else
        {
            _ended.Writer.TryWrite((ended, key));
        }

        attempt.SetEnded();
    }

    private void Forget(HeldTask key)
    {
        if (_held.TryRemove(key, out var attempt)) attempt.SetTakenDown();
    }

    private async Task CompleteAsync()
    {
        var reader = _ended.Reader;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var batch = new List<(EndedAttempt End, HeldTask Key)>();
            for (var bytes = 0; batch.Count < MostEnds && reader.TryPeek(out var next) && (batch.Count == 0 || bytes + next.End.Size <= MostEndBytes); bytes += next.End.Size)
            {
                reader.TryRead(out next);
                batch.Add(next);
            }

            await TakeDownAsync([.. batch.Select(entry => entry.End)]).ConfigureAwait(false);
            // Only now, so that a stop does not find nothing held while new ones have come with the answer.
            foreach (var (_, key) in batch) Forget(key);
        }
    }

    /// <summary>Until the queue has committed it: the queue may be moving to another node meanwhile.</summary>
    private async Task TakeDownAsync(IReadOnlyList<EndedAttempt> ends)
    {
        var places = Kept(ends.Count - PayBack(ends.Count));
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                var isTaking = !_stopping.IsCancellationRequested && silos.CurrentStatus == SiloStatus.Active;
                await AskAsync(() => grain.CompleteAsync(me.SiloAddress, ends, isTaking ? places : 0, isTaking ? Ahead() : 0), places).ConfigureAwait(false);
                return;
            }
            catch (Exception error)
            {
                QueueUnreachable(queue, error);
                if (_giveUp.IsCancellationRequested) return;
                await Task.Delay(delay, time, _giveUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private Task WaitAsync(TimeSpan delay) => Task.WhenAny(Task.Delay(delay, time, _stopping.Token));

    [LoggerMessage(EventId = 150, EventName = "QueueUnreachable", Level = LogLevel.Information, Message = "Queue {Queue} does not answer; it is tried again")]
    private partial void QueueUnreachable(int queue, Exception error);

    [LoggerMessage(EventId = 151, EventName = "TaskNotRun", Level = LogLevel.Error, Message = "Queue {Queue}: task {TaskId} could not be run; it is handed back")]
    private partial void RunFailed(int queue, string taskId, Exception error);

    private sealed class Attempt
    {
        private readonly CancellationTokenSource _cancellation = new();
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _takenDown = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token => _cancellation.Token;

        public Task Ended => _ended.Task;

        /// <summary>The queue knows how it ended, or does not want to.</summary>
        public Task TakenDown => _takenDown.Task;

        public bool IsDropped { get; private set; }

        public void Drop()
        {
            IsDropped = true;
            _cancellation.Cancel();
        }

        public void Cancel() => _cancellation.Cancel();

        public void SetEnded() => _ended.TrySetResult();

        public void SetTakenDown() => _takenDown.TrySetResult();
    }
}
