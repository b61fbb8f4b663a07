using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Grains.AutoRun;
using Dff.Storage.Crontab;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Crontab;

/// <summary>
/// Ticks. Ahead of a moment the run is prepared with its queue, and shortly after it this grain asks what became of it; where that cannot be, or was lost with
/// the queue's node, the grain brings the run itself. A run that must wait for the one before it is queued with it, in the same commit, and held; this grain
/// looks once a second whether that one has finished, and then releases the next. So it is as durable as any task; after a crash of the silo it is released
/// within a minute or so, by the reminder.
/// </summary>
public sealed partial class CrontabConfigGrain
{
    private const string ReminderName = "next";

    private static readonly TimeSpan HeldPeriod = TimeSpan.FromSeconds(1);

    /// <summary>After a tick as late as this there is still time to write the reminder before the next minute.</summary>
    private static readonly TimeSpan Punctual = TimeSpan.FromSeconds(20);

    /// <summary>Characters of arguments. Prepared runs are held in memory, of very many configs at once.</summary>
    private const int LargestPrepared = 16 * 1024;

    private DateTimeOffset? _cursor;
    private List<UnfinishedRun> _unfinished = [];

    // False: cursor and unfinished runs are to be read from the store.
    private bool _isLoaded;

    // Until when every moment has been handled; null: not known. What comes after it is next, also where it has come meanwhile.
    private DateTimeOffset? _settled;

    // When the reminder's first tick is, or was, and with it where its later ones are; null: not known.
    private DateTimeOffset? _firstTick;

    // What the queue holds for the next moment. Until a new activation has asked, the one before it may have left something there.
    private Preparation? _prepared;
    private bool _knowsPrepared;
    private IGrainTimer? _soon;
    private IGrainTimer? _scheduling;

    // The last moment that this tick has handled; null: none.
    private DateTimeOffset? _justHandled;
    private IGrainTimer? _releasing;

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (!state.RecordExists)
        {
            // Left over by a crash while it was added or deleted.
            await CancelHeldAsync();
            await rows.DeleteAsync(Id, state.Version(), CancellationToken.None);
            await UnregisterAsync();
            DeactivateOnIdle();
            return;
        }

        _firstTick = new DateTimeOffset(DateTime.SpecifyKind(status.FirstTickTime, DateTimeKind.Utc));
        await TickAsync();
    }

    private TimeSpan Lead => TickPlan.ShortestLead + ((TickPlan.LongestLead - TickPlan.ShortestLead) * (this.GetGrainId().GetUniformHashCode() / (double)uint.MaxValue));

    private async Task TickAsync()
    {
        _justHandled = null;
        try
        {
            await AdoptFunctionAsync();
            if (!(time.GetUtcNow() < _prepared?.Moment)) await SettleAsync(mayRun: true, isChanging: false);
            await ReleaseNextAsync();
            if (Config.DisabledSince is not null) await CancelHeldAsync();
        }
        catch (Exception error)
        {
            // The period of the reminder comes again in a minute.
            _isLoaded = false;
            TickFailed(Id, error);
            return;
        }

        // At the moments of many configs nothing else is to be written. Until then the reminder comes each minute, and after a crash too.
        if (time.GetUtcNow() - _justHandled < Punctual && !_unfinished.Exists(run => run.IsHeld))
            _scheduling ??= this.RegisterGrainTimer(_ => ScheduleAsync(), new GrainTimerCreationOptions(Lead, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        else await ScheduleAsync();
    }

    /// <summary>Decides what becomes of every moment until now, and commits it.</summary>
    /// <param name="isChanging">The config is about to be changed: what cannot be queued now is recorded as missed rather than tried again.</param>
    /// <returns>Until when everything is settled.</returns>
    private async Task<DateTimeOffset> SettleAsync(bool mayRun, bool isChanging)
    {
        while (true)
        {
            await RefreshUnfinishedAsync();
            await SettlePreparedAsync();
            if (!_isLoaded) continue;
            var now = time.GetUtcNow();
            var function = await functions.FindAsync(Config.FuncId, CancellationToken.None);
            var plan = Settling.Plan(Config, new SettlingFacts
            {
                ConfigId = Id,
                Cursor = _cursor,
                Now = now,
                UnfinishedRuns = _unfinished.Count,
                Hindrance = function is null ? SkipReason.FunctionMissing : mayRun ? null : SkipReason.Misfire,
            });
            try
            {
                if ((plan.Runs.Count == 0 && plan.Skips.Count == 0) || await AdvanceAsync(function, plan))
                {
                    _settled = now;
                    return now;
                }
            }
            catch (DffException error) when (error.Reason == ErrorReason.WorkerQueueCongestion && isChanging && mayRun)
            {
                mayRun = false;
            }
        }
    }

    /// <returns>False: the cursor was another one; it is known now.</returns>
    private async Task<bool> AdvanceAsync(FunctionFacts? function, CatchUpPlan plan)
    {
        var queue = QueueOf(function);
        var advance = Advance(function, plan);
        CrontabAdvanced advanced;
        try
        {
            advanced = await GrainFactory.AdvanceCrontabAsync(queue, advance);
        }
        catch
        {
            // It may have been committed.
            _isLoaded = false;
            throw;
        }

        if (advanced.IsApplied) Applied(queue, advance, advanced);
        else _isLoaded = false;
        return advanced.IsApplied;
    }

    private CrontabAdvance Advance(FunctionFacts? function, CatchUpPlan plan) => new()
    {
        ConfigId = Id,
        From = _cursor,
        To = plan.Cursor > (_cursor ?? DateTimeOffset.MinValue) ? plan.Cursor : null,
        Task = plan.Runs.Count > 0 ? Run(function!) : null,
        Runs = plan.Runs,
        Skips = plan.Skips,
    };

    private void Applied(int queue, CrontabAdvance advance, CrontabAdvanced advanced)
    {
        _cursor = advanced.Cursor;
        _justHandled = advance.To;
        _unfinished.AddRange(advance.Runs.Select(run => new UnfinishedRun { Id = run.TaskId, Queue = queue, DueTime = run.WaitsForPrevious ? CrontabAdvance.Held : run.ScheduledTime }));
    }

    /// <summary>Brings the run of the next moment to its queue, where nothing can be in its way any more but a change, before which it is taken back.</summary>
    /// <returns>False: its moment must be waited for here.</returns>
    private async Task<bool> PrepareAsync(DateTimeOffset moment, DateTimeOffset now)
    {
        if (_prepared is { } already) return already.Moment == moment;
        if (moment - now < TickPlan.ShortestPreparation || Config.FuncCallKwargsJson.Length > LargestPrepared) return false;
        try
        {
            if (!_isLoaded) await RefreshUnfinishedAsync();
            if (_unfinished.Count > 0 && Config.Policies.Overlap != OverlapPolicy.Allow) return false;
            if (await functions.FindAsync(Config.FuncId, CancellationToken.None) is not { } function) return false;
            var plan = Settling.Plan(Config, new SettlingFacts { ConfigId = Id, Cursor = _cursor, Now = moment, UnfinishedRuns = _unfinished.Count });
            if (plan is not { Runs: [{ WaitsForPrevious: false } run], Skips: [] } || run.ScheduledTime != moment) return false;
            _prepared = new Preparation(moment, QueueOf(function), function, Advance(function, plan));
            _knowsPrepared = true;
            await GrainFactory.Queue(_prepared.Queue).PrepareCrontabAsync(_prepared.Advance);
            return true;
        }
        catch (Exception error)
        {
            // It may be there all the same, and is asked for.
            NotPrepared(Id, error);
            return false;
        }
    }

    /// <returns>True: what was prepared is not what the function is now, and has been taken back.</returns>
    private async Task<bool> IsPreparedOtherwiseAsync()
    {
        if (_prepared is not { } prepared || await functions.FindAsync(Config.FuncId, CancellationToken.None) == prepared.Function) return false;
        await SettlePreparedAsync();
        return true;
    }

    /// <summary>Takes back what is prepared, or learns that it has been committed. Nothing is changed on which it was planned before this.</summary>
    private async Task SettlePreparedAsync()
    {
        if (_knowsPrepared && _prepared is null) return;
        var queue = _prepared?.Queue ?? QueueOf(await functions.FindAsync(Config.FuncId, CancellationToken.None));
        CrontabAdvanced? advanced;
        try
        {
            advanced = await GrainFactory.SettlePreparedAsync(queue, Id);
        }
        catch (DffException error) when (error.Reason == ErrorReason.WorkerQueueCongestion)
        {
            advanced = new CrontabAdvanced(IsApplied: false, _cursor);
        }

        if (advanced is { IsApplied: true } && _prepared is { } prepared && _isLoaded) Applied(queue, prepared.Advance, advanced);
        else if (advanced is not { IsApplied: false } || advanced.Cursor != _cursor) _isLoaded = false;
        (_prepared, _knowsPrepared) = (null, true);
    }

    /// <summary>Begins or ends the record of a time in which nothing runs.</summary>
    private async Task MarkAsync(SkipReason reason, DateTimeOffset at)
    {
        await RefreshUnfinishedAsync();
        while (!await AdvanceAsync(null, new CatchUpPlan([], [new SkippedMoments(reason, at, at, 0)], _cursor ?? DateTimeOffset.MinValue))) await RefreshUnfinishedAsync();
    }

    private async Task RefreshUnfinishedAsync()
    {
        if (!_isLoaded)
        {
            _cursor = await runs.FindCursorAsync(Id, CancellationToken.None);
            _unfinished = [.. await runs.GetUnfinishedAsync(Id, CancellationToken.None)];
            _isLoaded = true;
        }
        else if (_unfinished.Count > 0)
        {
            _unfinished = [.. await runs.GetUnfinishedAsync([.. _unfinished.Select(run => run.Id)], CancellationToken.None)];
        }
    }

    /// <summary>Lets the oldest held run begin where no other one is unfinished.</summary>
    private async Task ReleaseNextAsync()
    {
        if (!_isLoaded || _unfinished.Exists(run => run.IsHeld)) await RefreshUnfinishedAsync();
        if (_unfinished.Count > 0 && _unfinished.TrueForAll(run => run.IsHeld))
        {
            var next = _unfinished[0];
            await GrainFactory.GetGrain<IQueueGrain>(next.Queue).ReleaseAsync(next.Id);
            _unfinished[0] = next with { DueTime = time.GetUtcNow() };
        }

        if (_unfinished.Exists(run => run.IsHeld))
        {
            _releasing ??= this.RegisterGrainTimer(LookForEndAsync, new GrainTimerCreationOptions(HeldPeriod, HeldPeriod) { KeepAlive = true });
            return;
        }

        _releasing?.Dispose();
        _releasing = null;
    }

    private async Task LookForEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReleaseNextAsync();
        }
        catch (Exception error)
        {
            _isLoaded = false;
            TickFailed(Id, error);
        }
    }

    private async Task CancelHeldAsync()
    {
        await RefreshUnfinishedAsync();
        foreach (var run in _unfinished.Where(run => run.IsHeld)) await GrainFactory.GetGrain<IQueueGrain>(run.Queue).CancelAsync(run.Id);
        _isLoaded = false;
    }

    /// <summary>Takes over what the function says about its schedule; moments until now belong to the schedule before.</summary>
    /// <returns>True: something has changed.</returns>
    private async Task<bool> AdoptFunctionAsync()
    {
        if (await functions.FindAsync(Config.FuncId, CancellationToken.None) is not { } function || Usable(function, Config) == Config.FixedCrontab) return false;
        var since = await SettleAsync(mayRun: true, isChanging: true);
        var config = Config.Copy();
        (config.FixedCrontab, config.ScheduledSince) = (Usable(function, config), since);
        await WriteAsync(config);
        return true;
    }

    /// <summary>What the decorator says where it can be read; publishing checks its form, but not that it ever fires.</summary>
    private string? Usable(FunctionFacts function, CrontabConfigState config)
    {
        if ((config.Origin == IntegratedConfig.Origin ? function.AutoRun?.Crontab : function.FixedCrontab) is not { } fixedCrontab) return null;
        try
        {
            return CrontabExpression.Parse(fixedCrontab).Text;
        }
        catch (DffException error)
        {
            FixedCrontabIgnored(Id, fixedCrontab, error.Message);
            return null;
        }
    }

    /// <summary>Sees to it that the reminder ticks at the next moment; it is written only where its period does not do so anyway.</summary>
    private async Task ScheduleAsync()
    {
        _soon?.Dispose();
        _scheduling?.Dispose();
        (_soon, _scheduling) = (null, null);
        var now = time.GetUtcNow();
        if (Settling.Next(Config, _settled ?? now) is not { } next)
        {
            if (!_unfinished.Exists(run => run.IsHeld)) await UnregisterAsync();
            return;
        }

        var plan = TickPlan.Of(next, now, _firstTick, Lead, _unfinished.Exists(run => run.IsHeld) ? TickPlan.Period : TickPlan.LongestWait);
        if (plan.Wait is { } wait)
        {
            if (await PrepareAsync(next, now)) wait += TickPlan.AfterPreparation(Lead);
            _soon = this.RegisterGrainTimer(_ => TickAsync(), new GrainTimerCreationOptions(wait, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        }

        if (plan.Reminder is { } look) await RegisterAsync(look);
    }

    private async Task RegisterAsync(DateTimeOffset look)
    {
        var now = time.GetUtcNow();
        var due = look < now ? TimeSpan.Zero : look - now < TickPlan.LongestWait ? look - now : TickPlan.LongestWait;
        _firstTick = null;
        await this.RegisterOrUpdateReminder(ReminderName, due, TickPlan.Period);
        _firstTick = now + due;
    }

    private async Task UnregisterAsync()
    {
        _firstTick = null;
        if (await this.GetReminder(ReminderName) is { } reminder) await this.UnregisterReminder(reminder);
    }

    [LoggerMessage(EventId = 231, EventName = "CrontabTickFailed", Level = LogLevel.Warning, Message = "Crontab config {Id}: its moments could not be handled now; they are tried again in a minute")]
    private partial void TickFailed(string id, Exception error);

    [LoggerMessage(EventId = 233, EventName = "CrontabNotPrepared", Level = LogLevel.Debug, Message = "Crontab config {Id}: its next run could not be prepared; it is queued at its moment")]
    private partial void NotPrepared(string id, Exception error);

    [LoggerMessage(EventId = 232, EventName = "FixedCrontabIgnored", Level = LogLevel.Warning, Message = "Crontab config {Id}: the function's fixed_crontab '{FixedCrontab}' is ignored: {Why}")]
    private partial void FixedCrontabIgnored(string id, string fixedCrontab, string why);

    /// <param name="Function">As it was when the run was planned.</param>
    private sealed record Preparation(DateTimeOffset Moment, int Queue, FunctionFacts Function, CrontabAdvance Advance);
}
