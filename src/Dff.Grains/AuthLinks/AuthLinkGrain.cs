using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Grains.Functions;
using Dff.Storage;
using Dff.Storage.AuthLinks;
using Orleans.Runtime;

namespace Dff.Grains.AuthLinks;

public sealed class AuthLinkGrain(
    [PersistentState("auth-link")] IPersistentState<AuthLinkState> state,
    [PersistentState("auth-link-usage")] IPersistentState<AuthLinkUsage> usage,
    AuthLinkRepository rows,
    CallerRules rules,
    IChangeFeed changes,
    TimeProvider time) : Grain, IAuthLinkGrain
{
    private ThrottlingWindows? _windows;

    private string Id => this.GetPrimaryKeyString();

    public async Task AddAsync(AuthLinkChange change)
    {
        await ProbeAsync(change, isNew: true);
        state.State = new AuthLinkState { CreateTime = time.GetUtcNow(), JobId = change.JobId };
        Apply(change);
        await WriteAsync();
    }

    public async Task ModifyAsync(AuthLinkChange change)
    {
        await ProbeAsync(change, isNew: false);
        Apply(change);
        await WriteAsync();
    }

    public async Task DeleteAsync()
    {
        RequireExists();
        await state.ClearStateAsync();
        if (usage.RecordExists) await usage.ClearStateAsync();
        await DeleteRowAsync();
        DeactivateOnIdle();
    }

    public async Task<Admission> AdmitAsync()
    {
        if (state.State.Throttling is not { } limits) return Admission.Admitted;
        var windows = _windows ??= new ThrottlingWindows(limits, usage.State.Windows);
        if (windows.Refusal(time.GetUtcNow()) is { } refusal) return refusal;
        if (windows.Reserve())
        {
            usage.State.Windows = windows.ToStore();
            await usage.WriteStateAsync();
        }

        windows.Count();
        return Admission.Admitted;
    }

    public async Task ReprojectAsync()
    {
        if (state.RecordExists) await ProjectAsync();
        else await DeleteRowAsync();
    }

    public Task<AuthLinkChange?> DescribeAsync()
    {
        var link = state.State;
        return Task.FromResult(!state.RecordExists ? null : new AuthLinkChange
        {
            FuncId = link.FuncId,
            FuncCallKwargsJson = link.FuncCallKwargsJson,
            ExpireTime = new Change<DateTimeOffset?>(true, link.ExpireTime),
            Throttling = new Change<Throttling>(true, link.Throttling),
            Origin = link.Origin,
            ShowInDoc = link.ShowInDoc,
            IsDisabled = link.IsDisabled,
            Note = link.Note,
            TagsJson = link.TagsJson,
            TaskRecordLimit = new Change<int?>(true, link.TaskRecordLimit),
            ApiAuthId = link.ApiAuthId,
            JobId = link.JobId,
        });
    }

    public Task ProbeAsync(AuthLinkChange change, bool isNew)
    {
        if (!isNew) RequireExists();
        else if (state.RecordExists) throw new DffException(ErrorReason.ClientDuplicated, $"There is an auth link {Id} already", new { field = "data.id", id = Id });
        return rules.RequireAsync(change.ApiAuthId, change.FuncId, change.FuncCallKwargsJson, state.State.FuncId, state.State.FuncCallKwargsJson);
    }

    private void RequireExists()
    {
        if (!state.RecordExists) throw DffException.NotFound("auth link", Id);
    }

    private void Apply(AuthLinkChange change)
    {
        var link = state.State;
        link.FuncId = change.FuncId.Or(link.FuncId)!;
        link.FuncCallKwargsJson = change.FuncCallKwargsJson.Or(link.FuncCallKwargsJson)!;
        link.ExpireTime = change.ExpireTime.Or(link.ExpireTime);
        link.Origin = change.Origin.Or(link.Origin)!;
        link.ShowInDoc = change.ShowInDoc.Or(link.ShowInDoc);
        link.IsDisabled = change.IsDisabled.Or(link.IsDisabled);
        link.Note = change.Note.Or(link.Note);
        link.TagsJson = change.TagsJson.Or(link.TagsJson);
        link.TaskRecordLimit = change.TaskRecordLimit.Or(link.TaskRecordLimit);
        link.ApiAuthId = change.ApiAuthId.Or(link.ApiAuthId);
        link.UpdateTime = time.GetUtcNow();
        if (!change.Throttling.IsSet || change.Throttling.Value == link.Throttling) return;
        // Counts go on under new limits: what was stored is taken over by the rules that stay.
        if (_windows is not null) usage.State.Windows = _windows.ToStore();
        link.Throttling = change.Throttling.Value;
        _windows = null;
    }

    private async Task WriteAsync()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }

        await ProjectAsync();
    }

    private async Task ProjectAsync() =>
        await changes.AnnounceAsync(await rows.ProjectAsync(AuthLinkRows.Of(Id, state.State, state.Version()), CancellationToken.None), CancellationToken.None);

    private async Task DeleteRowAsync() =>
        await changes.AnnounceAsync(await rows.DeleteAsync(Id, state.Version(), CancellationToken.None), CancellationToken.None);
}
