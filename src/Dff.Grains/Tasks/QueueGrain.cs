using System.Data.Common;
using System.Text;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;
using Dff.Storage.Connections;
using Dff.Storage.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Dff.Grains.Tasks;

/// <summary>
/// Reentrant, so that a silo that waits for tasks does not keep others from bringing some. What it remembers is changed at once and committed in the same
/// order; nothing is answered before. After a failed commit it forgets everything and reads anew, under a new epoch.
/// </summary>
[Reentrant, KeepAlive, OnSchedulers]
public sealed partial class QueueGrain(
    TaskRepository rows, WorkerOptions options, ISiloStatusOracle silos, TaskPumpsClient pumps, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<QueueGrain> logger)
    : Grain, IQueueGrain
{
    private static readonly TimeSpan LeaseLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnknownLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    private readonly TaskLine _line = new();
    private readonly Intake _intake = new(time);

    // Silos that wait for a task, the longest first.
    private readonly Queue<Poller> _pollers = new();
    private TaskWriter _writer = null!;
    private IGrainTimer? _ticks;
    private bool _isPaused;
    private Exception? _fault;

    private int Number => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken);
        }
        catch (DbException error)
        {
            // The driver's exception means nothing on other silos.
            var why = StoreDatabase.IsFull(error) ? "there is no space left for the store" : "the store does not answer";
            throw new DffException(ErrorReason.SysDatabase, $"Queue {Number} cannot be opened: {why} ({error.Message})", new { queue = Number });
        }
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        ReleasePollers();
        return Task.CompletedTask;
    }

    public async Task<EnqueuedTask> EnqueueAsync(NewTask task)
    {
        RequireSound();
        RequireRoom(1);
        var now = time.GetUtcNow();
        var poller = task.Eta > now ? null : Reserve();
        var insert = new TaskInsert(task, now) { Silo = poller?.Silo.ToParsableString() };
        InsertResult result;
        LeasedTask? begun = null;
        _intake.Begin(1);
        try
        {
            result = await Committed(_writer.InsertAsync(insert));
            if (result.Outcome == InsertOutcome.Added)
            {
                begun = Accept(insert, poller?.Silo);
                Wake();
            }
        }
        finally
        {
            EndIntake(1);
            poller?.TrySetResult(begun);
        }

        switch (result.Outcome)
        {
            case InsertOutcome.IdTaken:
                throw new DffException(ErrorReason.ClientDuplicated, $"options.taskId: there is a task {task.TaskId} already", new { field = "options.taskId", id = task.TaskId });
            case InsertOutcome.KeyReused:
                throw new DffException(
                    ErrorReason.ClientDuplicated, "Idempotency-Key: it belongs to a task with another content; nothing was added", new { field = "Idempotency-Key", taskId = result.TaskId });
            case InsertOutcome.Repeated:
                return new EnqueuedTask(result.TaskId, IsRepeated: true);
        }

        return new EnqueuedTask(task.TaskId, IsRepeated: false);
    }

    public async Task<IReadOnlyList<LeasedTask>> LeaseAsync(SiloAddress silo, int free, TimeSpan limit)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            RequireSound();
            if (await BeginAsync(silo, free, ahead: 0) is { Count: > 0 } leased) return leased;
            var rest = limit - time.GetElapsedTime(began);
            if (rest <= TimeSpan.Zero || lifetime.ApplicationStopping.IsCancellationRequested) return [];
            var poller = new Poller(silo);
            _pollers.Enqueue(poller);
            await ((Task)poller.Task).WaitAsync(rest, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            // What is being committed for it has begun, however long it waited.
            if (poller.IsReserved && await poller.Task is { } task) return [task];
            // Whoever wakes the next one must not find somebody who has gone.
            poller.TrySetResult(null);
            while (_pollers.TryPeek(out var first) && first.Task.IsCompleted) _pollers.Dequeue();
        }
    }

    public async Task<IReadOnlyList<LeasedTask>> CompleteAsync(SiloAddress silo, IReadOnlyList<EndedAttempt> ended, int free, int ahead)
    {
        RequireSound();
        var settling = EndAttemptsAsync(ended);
        // What is being brought makes the commit as large as what would begin ahead, and to accept it comes first.
        var most = _pollers.Count == 0 ? Math.Max(0, ahead - _intake.Count) : 0;
        // Now, so that both share a commit.
        var leasing = BeginAsync(silo, free, most);
        await settling;
        return await leasing;
    }

    public async Task<IReadOnlyList<HeldTask>> RenewAsync(SiloAddress silo, IReadOnlyList<HeldTask> held, bool isAll)
    {
        RequireSound();
        var gone = new List<HeldTask>();
        foreach (var attempt in held)
        {
            if (_line.Find(attempt.TaskId) is { Phase: TaskPhase.Running } task && task.Attempt == attempt.Attempt && silo.Equals(task.Silo)) (task.RenewedAt, task.IsRestored) = (time.GetTimestamp(), false);
            else gone.Add(attempt);
        }

        if (isAll) await Task.WhenAll(TakeBackUnknown(silo, held));
        return gone;
    }

    public async Task<bool> CancelAsync(string taskId)
    {
        RequireSound();
        if (_line.Find(taskId) is not { } task) return false;
        if (task.Phase == TaskPhase.Ending)
        {
            await task.Ended;
            RequireSound();
            return false;
        }

        var runner = task.Silo is { } silo ? (silo, new HeldTask(taskId, task.Attempt)) : default((SiloAddress, HeldTask)?);
        await EndAsync(task, Cancelled(taskId, "It was cancelled"));
        if (runner is var (where, attempt)) TellEnded(where, attempt);
        return true;
    }

    public async Task<bool> WaitAsync(string taskId, TimeSpan limit)
    {
        RequireSound();
        if (_line.Find(taskId) is not { } task) return true;
        await task.Ended.WaitAsync(limit, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return _line.Find(taskId) is null;
    }

    public async Task SetPausedAsync(bool isPaused)
    {
        RequireSound();
        await Committed(rows.SetPausedAsync(Number, _writer.Epoch, isPaused, CancellationToken.None));
        _isPaused = isPaused;
        Wake();
    }

    public async Task<int> ClearAsync()
    {
        RequireSound();
        var waiting = _line.Waiting();
        await Task.WhenAll(waiting.Select(task => EndAsync(task, Cancelled(task.Id, "The queue was cleared"))));
        return waiting.Count;
    }

    public Task<QueueReport> GetReportAsync()
    {
        RequireSound();
        return Task.FromResult(new QueueReport(Number, _line.Ready, _line.Scheduled, _line.Count - _line.Ready - _line.Scheduled, _isPaused, options.MaxQueued));
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var opened = await rows.OpenAsync(Number, cancellationToken);
        _writer = rows.Writer(Number, opened.Epoch);
        _isPaused = opened.IsPaused;
        var now = time.GetUtcNow();
        foreach (var row in await rows.GetUnfinishedAsync(Number, cancellationToken))
        {
            var task = QueuedTask.Of(row);
            // A silo that lives will say that it still runs the task.
            task.RenewedAt = time.GetTimestamp();
            _line.Add(task, now);
        }

        _ticks = this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TimeSpan.Zero, TickPeriod) { Interleave = true });
        Opened(Number, opened.Epoch, _line.Count);
    }

    private void RequireRoom(int tasks)
    {
        var unfinished = _line.Count + _intake.Count;
        if (tasks == 0 || unfinished + tasks <= options.MaxQueued) return;
        throw new DffException(
            ErrorReason.WorkerQueueCongestion, $"Queue {Number} holds {unfinished} unfinished tasks already; nothing was added", new { queue = Number, waiting = unfinished, limit = options.MaxQueued });
    }

    private void EndIntake(int tasks)
    {
        if (_intake.End(tasks)) Wake();
    }

    private TaskFinish Cancelled(string id, string why) => new(id, RunStatus.Cancelled, time.GetUtcNow()) { ErrorType = "Cancelled", EinfoTEXT = why };

    /// <param name="runner">The silo on which it has begun with its acceptance.</param>
    /// <returns>The attempt that has begun.</returns>
    private LeasedTask? Accept(TaskInsert insert, SiloAddress? runner)
    {
        var task = QueuedTask.Of(insert);
        if (runner is not null) (task.Phase, task.Attempt, task.Silo, task.RenewedAt) = (TaskPhase.Running, 1, runner, time.GetTimestamp());
        _line.Add(task, time.GetUtcNow());
        var payload = new TaskPayload
        {
            Id = insert.TaskId,
            FuncId = insert.Task.FuncId,
            Origin = insert.Task.Origin,
            OriginId = insert.Task.OriginId,
            ExecMode = insert.Task.ExecMode,
            KwargsJSON = Encoding.UTF8.GetString(insert.Task.Kwargs),
            HttpRequestJSON = insert.Task.HttpRequest is null ? null : Encoding.UTF8.GetString(insert.Task.HttpRequest),
            ReturnForms = insert.Task.Returns,
            TimeoutSeconds = insert.Task.TimeoutSeconds,
            QueueTime = insert.QueueTime,
            ChainJSON = insert.Task.ChainJson,
            TriggerTime = insert.Task.TriggerTime,
            Crontab = insert.Task.Crontab,
        };
        _line.Keep(task, payload);
        return runner is null ? null : Leased(task, payload);
    }

    /// <summary>The silo that has waited longest for a task, where none is ready before the one that comes: it gets that one, begun in the commit that accepts it.</summary>
    private Poller? Reserve()
    {
        if (_isPaused || _line.Ready > 0) return null;
        while (_pollers.TryDequeue(out var poller))
        {
            if (poller.Task.IsCompleted) continue;
            poller.IsReserved = true;
            return poller;
        }

        return null;
    }

    /// <summary>A silo that waits; it is woken with null to look for itself.</summary>
    private sealed class Poller(SiloAddress silo) : TaskCompletionSource<LeasedTask?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public SiloAddress Silo => silo;

        /// <summary>A task is being committed for it.</summary>
        public bool IsReserved { get; set; }
    }
}
