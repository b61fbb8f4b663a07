using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;
using Dff.Storage.Tasks;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Tasks;

/// <summary>How attempts begin and end, and what the clock and the membership do to tasks.</summary>
public sealed partial class QueueGrain
{
    private async Task<IReadOnlyList<LeasedTask>> BeginAsync(SiloAddress silo, int free, int ahead)
    {
        if (_isPaused || _intake.IsFlood || free + ahead <= 0 || _line.Ready == 0) return [];
        var taken = _line.Take(free, ahead).Select(task => (Task: task, Attempt: ++task.Attempt)).ToList();
        foreach (var (task, _) in taken) (task.Silo, task.RenewedAt) = (silo, time.GetTimestamp());
        var payloads = await PayloadsAsync(taken.Select(attempt => attempt.Task));
        // What was cancelled, or taken back, while it was being loaded does not begin.
        var begun = taken.Where(IsRunning).ToList();
        var now = time.GetUtcNow();
        var name = silo.ToParsableString();
        await Committed(_writer.WriteAsync([.. begun.Select(attempt => new TaskBegin(attempt.Task.Id, attempt.Attempt, name, now))]));
        // Nor what was while its begin was being committed.
        return [.. begun.Where(IsRunning).Select(attempt => Leased(attempt.Task, payloads[attempt.Task.Id]))];
    }

    private static bool IsRunning((QueuedTask Task, int Attempt) begun) => begun.Task.Phase == TaskPhase.Running && begun.Task.Attempt == begun.Attempt;

    private async Task<Dictionary<string, TaskPayload>> PayloadsAsync(IEnumerable<QueuedTask> tasks)
    {
        var payloads = new Dictionary<string, TaskPayload>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var task in tasks)
        {
            if (task.Payload is { } payload) payloads.Add(task.Id, payload);
            else missing.Add(task.Id);
        }

        if (missing.Count == 0) return payloads;
        foreach (var payload in await Committed(rows.GetPayloadsAsync(missing, CancellationToken.None))) payloads.Add(payload.Id, payload);
        return payloads;
    }

    private static LeasedTask Leased(QueuedTask task, TaskPayload payload) => new()
    {
        TaskId = task.Id,
        Attempt = task.Attempt,
        Number = task.Attempt - task.HandBacks,
        FuncId = payload.FuncId,
        Origin = payload.Origin,
        OriginId = payload.OriginId,
        ExecMode = payload.ExecMode,
        KwargsJson = payload.KwargsJSON,
        HttpRequestJson = payload.HttpRequestJSON,
        Returns = payload.ReturnForms,
        TimeoutSeconds = payload.TimeoutSeconds,
        QueueTime = payload.QueueTime,
        ChainJson = payload.ChainJSON,
        TriggerTime = payload.TriggerTime,
        Crontab = payload.Crontab,
    };

    private async Task EndAttemptsAsync(IReadOnlyList<EndedAttempt> attempts)
    {
        var now = time.GetUtcNow();
        var (settled, others, earlier) = (new List<(QueuedTask, TaskWrite)>(), new List<(SiloAddress Silo, HeldTask Attempt)>(), new List<Task>());
        foreach (var ended in attempts)
        {
            // Finished already, by another attempt or by being cancelled: it stays so.
            if (_line.Find(ended.TaskId) is not { } task) continue;
            if (task.Phase == TaskPhase.Ending)
            {
                earlier.Add(task.Ended);
                continue;
            }

            var isCurrent = task.Phase == TaskPhase.Running && task.Attempt == ended.Attempt;
            // An attempt given up as lost that came to its end all the same has done the work.
            if (!isCurrent && ended.End != AttemptEnd.Ended) continue;
            var write = AttemptRules.After(task, ended, now, TimeSpan.FromSeconds(options.ResultExpires));
            // And one that failed is being tried again already.
            if (!isCurrent && write is not TaskFinish) continue;
            if (task is { Phase: TaskPhase.Running, Silo: { } runner } && !isCurrent) others.Add((runner, new HeldTask(task.Id, task.Attempt)));
            Move(task, write, now);
            settled.Add((task, write));
        }

        await CommitAsync(settled);
        foreach (var (where, attempt) in others) TellEnded(where, attempt);
        await Task.WhenAll(earlier);
        RequireSound();
    }

    private Task SettleAsync(QueuedTask task, TaskWrite write)
    {
        Move(task, write, time.GetUtcNow());
        return CommitAsync([(task, write)]);
    }

    private Task EndAsync(QueuedTask task, TaskFinish finish) => SettleAsync(task, finish);

    /// <summary>In memory; nobody is told before it is in the order of commits.</summary>
    private void Move(QueuedTask task, TaskWrite write, DateTimeOffset now)
    {
        if (write is TaskPutBack back)
        {
            (task.Losses, task.HandBacks) = (back.Losses, back.HandBacks);
            _line.PutBack(task, back.DueTime, now);
        }
        else
        {
            _line.BeginEnd(task);
        }
    }

    private async Task CommitAsync(IReadOnlyList<(QueuedTask Task, TaskWrite Write)> settled)
    {
        if (settled.Count == 0) return;
        var commit = _writer.WriteAsync([.. settled.Select(one => one.Write)]);
        // The next attempt of what was put back may begin at once.
        Wake();
        await Committed(commit);
        foreach (var (task, _) in settled.Where(one => one.Write is TaskFinish))
        {
            _line.Remove(task);
            task.SetEnded();
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        if (_fault is not null) return;
        try
        {
            var now = time.GetUtcNow();
            _prepared.Begin(now, AdvanceAsync);
            _line.MakeReady(now);
            Wake();
            foreach (var task in _line.Expired(now))
                _ = Observed(EndAsync(task, new TaskFinish(task.Id, RunStatus.Expired, now) { ErrorType = "Expired", EinfoTEXT = "Expired: it waited longer than it might" }));
            TakeBackLost(now);
            ScheduleTick();
        }
        catch (Exception error) when (_fault is null)
        {
            TickFailed(Number, error);
        }
    }

    private void TakeBackLost(DateTimeOffset now)
    {
        foreach (var task in _line.Running.ToList())
        {
            var silence = time.GetElapsedTime(task.RenewedAt);
            var what = silos.GetApproximateSiloStatus(task.Silo!) switch
            {
                SiloStatus.Dead => "The node that ran it is gone",
                SiloStatus.None when task.IsRestored || silence > UnknownLife => "The node that ran it is gone",
                _ when silence > LeaseLife => "The node that ran it was silent for too long",
                _ => null,
            };
            if (what is null) continue;
            TookBack(Number, task.Id, task.Attempt, task.Silo!, what);
            _ = Observed(SettleAsync(task, AttemptRules.AfterLoss(task, what, now)));
        }
    }

    /// <summary>What has begun for a silo and never reached it.</summary>
    private List<Task> TakeBackUnknown(SiloAddress silo, IReadOnlyList<HeldTask> held)
    {
        var known = held.ToHashSet();
        var now = time.GetUtcNow();
        return [.. _line.Running.Where(task => silo.Equals(task.Silo) && !known.Contains(new HeldTask(task.Id, task.Attempt))).ToList().Select(task =>
        {
            var back = new EndedAttempt { TaskId = task.Id, Attempt = task.Attempt, End = AttemptEnd.HandedBack, EinfoText = "It never reached the node that it had begun for" };
            return SettleAsync(task, AttemptRules.After(task, back, now, TimeSpan.Zero));
        })];
    }

    /// <summary>The next tick comes with the next moment, if that is before the next second.</summary>
    private void ScheduleTick()
    {
        if (Earlier(_line.NextMoment, _prepared.NextMoment) is not { } next) return;
        var rest = next - time.GetUtcNow();
        if (rest < TickPeriod) _ticks?.Change(rest < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : rest, TickPeriod);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one < other || other is null ? one : other;

    private void Wake()
    {
        ScheduleTick();
        if (_isPaused || _intake.IsFlood) return;
        for (var ready = _line.Ready; ready > 0 && _pollers.TryDequeue(out var poller);)
        {
            if (poller.TrySetResult(null)) ready--;
        }
    }

    private void ReleasePollers()
    {
        while (_pollers.TryDequeue(out var poller)) poller.TrySetResult(null);
    }

    private void TellEnded(SiloAddress silo, HeldTask attempt) => _ = Observed(pumps.On(silo).EndAsync(Number, attempt));

    private void RequireSound()
    {
        if (_fault is not null) throw Moving();
    }

    /// <summary>Waits for a commit. After one that failed, what this activation remembers may not be what is stored.</summary>
    private async Task<T> Committed<T>(Task<T> commit)
    {
        try
        {
            return await commit;
        }
        catch (Exception error) when (error is not DffException)
        {
            if (_fault is null)
            {
                _fault = error;
                Faulted(Number, _writer.Epoch, error);
                DeactivateOnIdle();
                ReleasePollers();
                _line.ReleaseWaiters();
            }

            throw Moving();
        }
    }

    private async Task Committed(Task commit) => await Committed(Answered(commit));

    private static async Task<bool> Answered(Task commit)
    {
        await commit;
        return true;
    }

    private DffException Moving() =>
        new(QueueErrors.Moving, $"Queue {Number} is being read anew; look whether this took effect, and try again", new { queue = Number }) { Status = 503 };

    private async Task Observed(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception error)
        {
            // The queue is read anew, or the silo told is gone, which its lease settles.
            NotSettled(Number, error);
        }
    }

    [LoggerMessage(EventId = 140, EventName = "QueueOpened", Level = LogLevel.Information, Message = "Queue {Queue} is served here under epoch {Epoch}, with {Count} unfinished tasks")]
    private partial void Opened(int queue, long epoch, int count);

    [LoggerMessage(EventId = 141, EventName = "QueueFaulted", Level = LogLevel.Warning, Message = "Queue {Queue}: a commit of epoch {Epoch} failed; it is read anew")]
    private partial void Faulted(int queue, long epoch, Exception error);

    [LoggerMessage(EventId = 142, EventName = "AttemptTakenBack", Level = LogLevel.Warning, Message = "Queue {Queue}: attempt {Attempt} of task {TaskId} on {Silo} is lost: {What}")]
    private partial void TookBack(int queue, string taskId, int attempt, SiloAddress silo, string what);

    [LoggerMessage(EventId = 143, EventName = "QueueTickFailed", Level = LogLevel.Error, Message = "Queue {Queue}: looking after the tasks failed; it is tried again")]
    private partial void TickFailed(int queue, Exception error);

    [LoggerMessage(EventId = 144, EventName = "TaskNotSettled", Level = LogLevel.Information, Message = "Queue {Queue}: a change could not be made; it is made again when the queue has been read anew")]
    private partial void NotSettled(int queue, Exception error);
}
