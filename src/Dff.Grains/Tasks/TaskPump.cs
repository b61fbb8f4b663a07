using System.Collections.Concurrent;
using System.Threading.Channels;
using Dff.Abstractions.Tasks;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Tasks;

/// <summary>
/// Runs the tasks of one queue on this silo, at most <paramref name="concurrency"/> at once. A place is given to a task when it is free, and with it an attempt
/// begins: no task waits here for another one. A place is free again when the end of its task is committed, and what comes next begins in that same commit.
/// </summary>
internal sealed partial class TaskPump(int queue, int concurrency, IQueueGrain grain, TaskRun run, ILocalSiloDetails me, ISiloStatusOracle silos, TimeProvider time, ILogger logger)
{
    private const int MostEnds = 500;
    private const int MostEndBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan PollLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<HeldTask, Attempt> _held = new();
    private readonly Channel<(EndedAttempt End, HeldTask Key)> _ended = Channel.CreateUnbounded<(EndedAttempt, HeldTask)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly SemaphoreSlim _freed = new(0);
    private int _free = concurrency;
    private Task _leasing = Task.CompletedTask;
    private Task _completing = Task.CompletedTask;

    /// <summary>All attempts that are running here, or whose end has not been taken down yet.</summary>
    public IReadOnlyList<HeldTask> Held => [.. _held.Keys];

    public void Start()
    {
        _leasing = Task.Run(LeaseAsync);
        _completing = Task.Run(CompleteAsync);
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
            foreach (var gone in await grain.RenewAsync(me.SiloAddress, Held).ConfigureAwait(false)) End(gone);
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
        var running = Task.WhenAll(_held.Values.Select(attempt => attempt.Done));
        await running.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var attempt in _held.Values) attempt.Cancel();
        await _leasing.ConfigureAwait(false);
        await Task.WhenAll(_held.Values.Select(attempt => attempt.Done)).ConfigureAwait(false);
        _ended.Writer.TryComplete();
        // What cannot be taken down now is found by the queue when this silo is gone.
        _giveUp.CancelAfter(LongestDelay * 3);
        await _completing.ConfigureAwait(false);
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

            IReadOnlyList<LeasedTask> leased = [];
            try
            {
                // A silo that membership has given up must not begin anything.
                if (silos.CurrentStatus == SiloStatus.Active) leased = await grain.LeaseAsync(me.SiloAddress, free, PollLimit).ConfigureAwait(false);
                else await WaitAsync(FirstDelay).ConfigureAwait(false);
                delay = FirstDelay;
            }
            catch (Exception error)
            {
                QueueUnreachable(queue, error);
                await WaitAsync(delay).ConfigureAwait(false);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }

            Begin(leased, free);
        }
    }

    private void Begin(IReadOnlyList<LeasedTask> leased, int places)
    {
        foreach (var task in leased)
        {
            var key = new HeldTask(task.TaskId, task.Attempt);
            var attempt = new Attempt();
            if (!_held.TryAdd(key, attempt)) continue;
            _ = Task.Run(() => RunAsync(task, key, attempt));
        }

        Free(places - leased.Count);
    }

    private void Free(int places)
    {
        if (places <= 0) return;
        Interlocked.Add(ref _free, places);
        _freed.Release();
    }

    private async Task RunAsync(LeasedTask task, HeldTask key, Attempt attempt)
    {
        EndedAttempt ended;
        try
        {
            ended = _stopping.IsCancellationRequested
                ? TaskRun.HandedBack(task, "The node is stopping")
                : await run.RunAsync(queue, task, attempt.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            RunFailed(queue, task.TaskId, error);
            ended = TaskRun.HandedBack(task, $"The node could not run it: {error.Message}");
        }

        if (attempt.IsDropped)
        {
            _held.TryRemove(key, out _);
            Free(1);
        }
        else
        {
            _ended.Writer.TryWrite((ended, key));
        }

        attempt.SetDone();
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

            var leased = await TakeDownAsync([.. batch.Select(entry => entry.End)]).ConfigureAwait(false);
            foreach (var (_, key) in batch) _held.TryRemove(key, out _);
            Begin(leased, batch.Count);
        }
    }

    /// <summary>Until the queue has committed it: the queue may be moving to another node meanwhile.</summary>
    private async Task<IReadOnlyList<LeasedTask>> TakeDownAsync(IReadOnlyList<EndedAttempt> ends)
    {
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                var isTaking = !_stopping.IsCancellationRequested && silos.CurrentStatus == SiloStatus.Active;
                return await grain.CompleteAsync(me.SiloAddress, ends, isTaking ? ends.Count : 0).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                QueueUnreachable(queue, error);
                if (_giveUp.IsCancellationRequested) return [];
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
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token => _cancellation.Token;

        public Task Done => _done.Task;

        public bool IsDropped { get; private set; }

        public void Drop()
        {
            IsDropped = true;
            _cancellation.Cancel();
        }

        public void Cancel() => _cancellation.Cancel();

        public void SetDone() => _done.TrySetResult();
    }
}
