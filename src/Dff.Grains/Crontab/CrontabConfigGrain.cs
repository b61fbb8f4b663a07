using System.Text;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Abstractions.Tasks;
using Dff.Grains.AutoRun;
using Dff.Grains.Functions;
using Dff.Grains.Scripts;
using Dff.Grains.Tasks;
using Dff.Storage;
using Dff.Storage.Crontab;
using Dff.Storage.Scripts;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Crontab;

/// <summary>
/// The reminder is written before the state, so that no enabled config is without one; a reminder without a config removes itself. Before every change the
/// moments until now are settled under the configuration that was in force.
/// </summary>
[OnSchedulers]
public sealed partial class CrontabConfigGrain(
    [PersistentState("crontab-config")] IPersistentState<CrontabConfigState> state,
    CrontabConfigRepository rows,
    CrontabRunRepository runs,
    FuncRepository functionRows,
    IFunctionCatalog functions,
    DefaultTimeZone defaultZone,
    WorkerOptions options,
    TimeProvider time,
    ILogger<CrontabConfigGrain> logger) : Grain, ICrontabConfigGrain, IRemindable
{
    private readonly HashSet<(string Scope, string Md5)> _claiming = [];

    private string Id => this.GetPrimaryKeyString();

    private CrontabConfigState Config => state.State;

    public async Task AddAsync(CrontabConfigChange change)
    {
        RequireNew();
        var now = time.GetUtcNow();
        (_settled, _knowsPrepared) = (now, true);
        await WriteAsync(await ChangedAsync(new CrontabConfigState { CreateTime = now, ScheduledSince = now, JobId = change.JobId }, change, now));
        await MarkBeginAsync(null, now);
    }

    public async Task ModifyAsync(CrontabConfigChange change)
    {
        RequireMayChange(change);
        // Refused before anything is settled.
        await ChangedAsync(Config, change, time.GetUtcNow());
        var now = await SettleAsync(mayRun: true, isChanging: true);
        var (before, after) = (Config, await ChangedAsync(Config, change, now));
        if (before.DisabledSince is not null && after.DisabledSince is null) await MarkAsync(SkipReason.Disabled, now);
        await WriteAsync(after);
        if (after.DisabledSince is not null) await CancelHeldAsync();
        await MarkBeginAsync(before, now);
    }

    public Task<CrontabConfigChange?> DescribeAsync() => Task.FromResult(!state.RecordExists ? null : new CrontabConfigChange
    {
        FuncId = Config.FuncId,
        FuncCallKwargsJson = Config.FuncCallKwargsJson,
        Crontab = Config.Crontab,
        Timezone = Config.Timezone,
        Misfire = Config.Policies.Misfire,
        MisfireGraceSeconds = Config.Policies.MisfireGraceSeconds,
        Overlap = Config.Policies.Overlap,
        ExpireTime = new Change<DateTimeOffset?>(true, Config.ExpireTime),
        Scope = Config.Scope,
        TagsJson = Config.TagsJson,
        Origin = Config.Origin,
        IsDisabled = Config.DisabledSince is not null,
        Note = Config.Note,
        TaskRecordLimit = new Change<int?>(true, Config.TaskRecordLimit),
        SaveResult = Config.SaveResult,
        JobId = Config.JobId,
    });

    public async Task ProbeAsync(CrontabConfigChange change, bool isNew)
    {
        if (isNew) RequireNew();
        else RequireMayChange(change);
        var now = time.GetUtcNow();
        var config = await ChangedAsync(isNew ? new CrontabConfigState { CreateTime = now, ScheduledSince = now } : Config, change, now);
        if (isNew || (config.Scope, config.ConfigMD5) != (Config.Scope, Config.ConfigMD5)) await RequireUnclaimedAsync(config);
    }

    public async Task DeleteAsync()
    {
        RequireExists();
        RequireOwn(true);
        await RemoveAsync();
    }

    private async Task RemoveAsync()
    {
        await SettlePreparedAsync();
        await CancelHeldAsync();
        await state.ClearStateAsync();
        await rows.DeleteAsync(Id, state.Version(), CancellationToken.None);
        await UnregisterAsync();
        DeactivateOnIdle();
    }

    public async Task<string> RunNowAsync()
    {
        RequireExists();
        var function = await functions.FindAsync(Config.FuncId, CancellationToken.None)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"The function of this crontab config is not published: {Config.FuncId}", new { funcId = Config.FuncId });
        await RefreshUnfinishedAsync();
        // It may be in the way of the next moment now.
        var isRescheduled = (_prepared is not null || !_knowsPrepared) && Config.Policies.Overlap != OverlapPolicy.Allow;
        if (isRescheduled) await SettlePreparedAsync();
        var queue = QueueOf(function);
        var task = Run(function) with { TaskId = ShortId.New("task"), TriggerTime = time.GetUtcNow() };
        await GrainFactory.EnqueueAsync(queue, task);
        _unfinished.Add(new UnfinishedRun { Id = task.TaskId, Queue = queue });
        if (isRescheduled) await ScheduleAsync();
        return task.TaskId;
    }

    public async Task<CrontabNextRuns> GetNextRunsAsync(int count)
    {
        RequireExists();
        await AdoptFunctionAsync();
        return new CrontabNextRuns(Config.Expression, Config.Timezone, Settling.NextRuns(Config, count, time.GetUtcNow()));
    }

    public async Task CheckAsync()
    {
        if (!state.RecordExists) return;
        if (Config.Origin == IntegratedConfig.Origin && await functions.FindAsync(Config.FuncId, CancellationToken.None) is not { AutoRun.Crontab: not null }) await RemoveAsync();
        else if (await AdoptFunctionAsync() || await IsPreparedOtherwiseAsync()) await ScheduleAsync();
    }

    public Task<bool> HoldsAsync(string scope, string configMD5) =>
        Task.FromResult(_claiming.Contains((scope, configMD5)) || (state.RecordExists && Config.Scope == scope && Config.ConfigMD5 == configMD5));

    public async Task ReprojectAsync()
    {
        if (state.RecordExists) await ProjectAsync();
        else await rows.DeleteAsync(Id, state.Version(), CancellationToken.None);
    }

    private void RequireNew()
    {
        if (state.RecordExists) throw new DffException(ErrorReason.ClientDuplicated, $"data.id: there is a crontab config {Id} already", new { field = "data.id", id = Id });
    }

    private void RequireMayChange(CrontabConfigChange change)
    {
        RequireExists();
        RequireOwn(change.FuncId.IsSet || change.FuncCallKwargsJson.IsSet || change.Crontab.IsSet || change.Scope.IsSet);
    }

    private void RequireExists()
    {
        if (!state.RecordExists) throw DffException.NotFound("crontab config", Id);
    }

    /// <summary>What the function has made by itself can be disabled, and is otherwise changed where it is written.</summary>
    private void RequireOwn(bool isChange)
    {
        if (!isChange || Config.Origin != IntegratedConfig.Origin) return;
        throw DffException.Condition(
            "MadeByFunction", $"{Id} belongs to {Config.FuncId}, which runs by itself (integration_config); change it in the script, or disable it here", new { id = Id, funcId = Config.FuncId });
    }

    /// <summary>Begins the record of a time in which nothing runs, where this change has begun it.</summary>
    private async Task MarkBeginAsync(CrontabConfigState? before, DateTimeOffset now)
    {
        if (Config.DisabledSince is { } since)
        {
            if (before?.DisabledSince is null) await MarkAsync(SkipReason.Disabled, since);
        }
        else if (Config.ExpireTime <= now && !(before?.ExpireTime <= now))
        {
            await MarkAsync(SkipReason.Expired, now);
        }
    }

    /// <summary>The config as it would be. Changes nothing.</summary>
    /// <exception cref="DffException">A field is wrong.</exception>
    private async Task<CrontabConfigState> ChangedAsync(CrontabConfigState before, CrontabConfigChange change, DateTimeOffset now)
    {
        var config = before.Copy();
        config.FuncId = change.FuncId.Or(config.FuncId)!;
        config.FuncCallKwargsJson = change.FuncCallKwargsJson.Or(config.FuncCallKwargsJson)!;
        config.Crontab = change.Crontab.Or(config.Crontab) is { Length: > 0 } crontab ? CrontabExpression.Parse(crontab).Text : null;
        if (change.Timezone.IsSet || config.Timezone.Length == 0)
            config.Timezone = CrontabTimeZone.Find(change.Timezone.Value is { Length: > 0 } zone ? zone : await defaultZone.GetAsync(CancellationToken.None)).Id;
        config.Policies = new CrontabPolicies
        {
            Misfire = change.Misfire.Or(config.Policies.Misfire),
            MisfireGraceSeconds = change.MisfireGraceSeconds.Or(config.Policies.MisfireGraceSeconds),
            Overlap = change.Overlap.Or(config.Policies.Overlap),
        };
        config.ExpireTime = change.ExpireTime.Or(config.ExpireTime);
        config.Scope = change.Scope.Or(config.Scope)!;
        config.TagsJson = change.TagsJson.Or(config.TagsJson);
        config.Origin = change.Origin.Or(config.Origin)!;
        config.DisabledSince = change.IsDisabled.Or(config.DisabledSince is not null) ? config.DisabledSince ?? now : null;
        config.Note = change.Note.Or(config.Note);
        config.TaskRecordLimit = change.TaskRecordLimit.Or(config.TaskRecordLimit);
        config.SaveResult = change.SaveResult.Or(config.SaveResult);
        config.UpdateTime = now;
        if (change.FuncId.IsSet || change.FuncCallKwargsJson.IsSet || change.Crontab.IsSet) await RequireFunctionAsync(config, change);
        config.ConfigMD5 = Md5.OfText($"{config.FuncId}\n{config.FuncCallKwargsJson}\n{config.Crontab}\n{config.Timezone}");
        // Another schedule begins now; what it named before is none of its moments.
        if (config.Expression != before.Expression || config.Timezone != before.Timezone) config.ScheduledSince = now;
        return config;
    }

    private async Task RequireFunctionAsync(CrontabConfigState config, CrontabConfigChange change)
    {
        var function = await functions.FindAsync(config.FuncId, CancellationToken.None);
        if (function is null && change.FuncId.IsSet)
            throw new DffException(ErrorReason.ClientNotFound, $"data.funcId: no published function {config.FuncId}", new { field = "data.funcId", funcId = config.FuncId });
        if (function is not null) config.FixedCrontab = Usable(function, config);
        if (config.Expression is null)
            throw DffException.BadRequest("data.crontab", $"data.crontab: an expression is required, because {config.FuncId} has no fixed_crontab");
        if (!change.FuncId.IsSet && !change.FuncCallKwargsJson.IsSet) return;
        var size = Encoding.UTF8.GetByteCount(config.FuncCallKwargsJson);
        if (size > NewTask.LargestKwargs)
            throw DffException.BadRequest("data.funcCallKwargsJSON", $"data.funcCallKwargsJSON: at most {NewTask.LargestKwargs} bytes are accepted, not {size}");
        FunctionArguments.Require(config.FuncId, config.FuncCallKwargsJson, (await functionRows.FindArgumentsAsync(config.FuncId, CancellationToken.None))?.Text, hasCaller: false);
    }

    private async Task WriteAsync(CrontabConfigState config)
    {
        var before = state.RecordExists ? (Config.Scope, Config.ConfigMD5) : default;
        var claim = (config.Scope, config.ConfigMD5);
        _claiming.Add(claim);
        try
        {
            if (before != claim) await ClaimAsync(config);
            var settled = _settled ?? time.GetUtcNow();
            // The earlier of both, because the state may not come to be written.
            if (Settling.Next(config, settled) is { } next) await RegisterAsync((state.RecordExists && Settling.Next(Config, settled) is { } earlier && earlier < next ? earlier : next) - Lead);
            state.State = config;
            await state.WriteStateAsync();
        }
        catch (Exception error) when (error is not DffException)
        {
            DeactivateOnIdle();
            throw;
        }
        finally
        {
            _claiming.Remove(claim);
        }

        await ProjectAsync();
        if (before != claim && before != default) await rows.ReleaseClaimAsync(before.Scope, before.ConfigMD5, Id, CancellationToken.None);
        await ScheduleAsync();
    }

    /// <summary>A claim may have been left by a config that came to nothing, so its holder is asked.</summary>
    private async Task ClaimAsync(CrontabConfigState config)
    {
        for (string? lapsed = null; ;)
        {
            var holder = await rows.ClaimAsync(config.Scope, config.ConfigMD5, Id, lapsed, CancellationToken.None);
            if (holder == Id) return;
            if (holder != lapsed && !await GrainFactory.GetGrain<ICrontabConfigGrain>(holder).HoldsAsync(config.Scope, config.ConfigMD5))
            {
                lapsed = holder;
                continue;
            }

            throw Duplicated(holder, config);
        }
    }

    private async Task RequireUnclaimedAsync(CrontabConfigState config)
    {
        if (await rows.FindClaimantAsync(config.Scope, config.ConfigMD5, CancellationToken.None) is not { } holder || holder == Id) return;
        if (await GrainFactory.GetGrain<ICrontabConfigGrain>(holder).HoldsAsync(config.Scope, config.ConfigMD5)) throw Duplicated(holder, config);
    }

    private static DffException Duplicated(string holder, CrontabConfigState config) => DffException.Condition(
        "DuplicatedCrontabConfig",
        $"The crontab config {holder} runs the same function with the same arguments at the same times in the scope {config.Scope}",
        new { id = holder, scope = config.Scope, configMD5 = config.ConfigMD5 });

    private Task ProjectAsync() => rows.ProjectAsync(
        new CrontabConfigProjection
        {
            Id = Id,
            FuncId = Config.FuncId,
            FuncCallKwargsJSON = new RawJson(Config.FuncCallKwargsJson),
            Crontab = Config.Crontab,
            FixedCrontab = Config.FixedCrontab,
            Timezone = Config.Timezone,
            MisfirePolicy = CrontabNames.Of(Config.Policies.Misfire),
            MisfireGraceSeconds = Config.Policies.MisfireGraceSeconds,
            OverlapPolicy = CrontabNames.Of(Config.Policies.Overlap),
            TagsJSON = Config.TagsJson is { } tags ? new RawJson(tags) : null,
            SaveResult = Config.SaveResult,
            Scope = Config.Scope,
            ConfigMD5 = Config.ConfigMD5,
            ExpireTime = Config.ExpireTime,
            Origin = Config.Origin,
            IsDisabled = Config.DisabledSince is not null,
            TaskRecordLimit = Config.TaskRecordLimit,
            Note = Config.Note,
            CreateTime = Config.CreateTime,
            UpdateTime = Config.UpdateTime,
            GrainVersion = state.Version(),
        },
        CancellationToken.None);

    private int QueueOf(FunctionFacts? function) => function?.Queue ?? options.CrontabQueue;

    /// <summary>What all runs of the config have in common.</summary>
    private NewTask Run(FunctionFacts function)
    {
        var timeout = function.TimeoutSeconds ?? options.DefaultTimeout;
        return new NewTask
        {
            TaskId = "",
            FuncId = function.Id,
            Origin = "crontab",
            OriginId = Id,
            ExecMode = "crontab",
            Kwargs = Encoding.UTF8.GetBytes(Config.FuncCallKwargsJson),
            TimeoutSeconds = timeout,
            ExpireSeconds = timeout * options.TimeoutToExpireScale,
            MaxAttempts = function.MaxAttempts ?? 2,
            SaveResult = Config.SaveResult,
            Crontab = Config.Expression ?? "",
        };
    }
}
