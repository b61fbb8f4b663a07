using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Grains.Functions;
using Dff.Storage.AuthLinks;
using Dff.Storage.Scripts;
using Orleans.Runtime;

namespace Dff.Grains.AuthLinks;

public sealed class AuthLinkGrain(
    [PersistentState("auth-link")] IPersistentState<AuthLinkState> state,
    [PersistentState("auth-link-usage")] IPersistentState<AuthLinkUsage> usage,
    AuthLinkRepository rows,
    IFunctionCatalog functions,
    FuncRepository functionRows,
    IChangeFeed changes,
    TimeProvider time) : Grain, IAuthLinkGrain
{
    private ThrottlingWindows? _windows;

    private string Id => this.GetPrimaryKeyString();

    public async Task AddAsync(AuthLinkChange change)
    {
        if (state.RecordExists) throw new DffException(ErrorReason.ClientDuplicated, $"There is an auth link {Id} already", new { field = "data.id", id = Id });
        await RequireFunctionAsync(change);
        state.State = new AuthLinkState { CreateTime = time.GetUtcNow() };
        Apply(change);
        await WriteAsync();
    }

    public async Task ModifyAsync(AuthLinkChange change)
    {
        RequireExists();
        await RequireFunctionAsync(change);
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

    private void RequireExists()
    {
        if (!state.RecordExists) throw DffException.NotFound("auth link", Id);
    }

    private async Task RequireFunctionAsync(AuthLinkChange change)
    {
        var funcId = change.FuncId.Or(state.State.FuncId)!;
        if (change.FuncId.IsSet && await functions.FindAsync(funcId, CancellationToken.None) is null)
            throw new DffException(ErrorReason.ClientNotFound, $"data.funcId: no published function {funcId}", new { field = "data.funcId", funcId });
        if (!change.FuncId.IsSet && !change.FuncCallKwargsJson.IsSet) return;
        var kwargs = change.FuncCallKwargsJson.Or(state.State.FuncCallKwargsJson)!;
        FunctionArguments.Require(funcId, kwargs, (await functionRows.FindArgumentsAsync(funcId, CancellationToken.None))?.Text, hasCaller: true);
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
