using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Abstractions.Users;
using Dff.Storage.Scripts;
using Orleans.Runtime;

namespace Dff.Grains.Scripts;

public sealed class ScriptSetGrain(
    [PersistentState("script-set")] IPersistentState<ScriptSetState> state, ScriptSetRepository rows, ScriptRepository scripts, IChangeFeed changes, TimeProvider time)
    : Grain, IScriptSetGrain
{
    private string Id => this.GetPrimaryKeyString();

    private bool Exists => state.RecordExists && !state.State.IsBeingDeleted;

    public async Task AddAsync(ScriptSetChange change, Caller caller)
    {
        ScriptIds.RequireSetId(Id, "data.id");
        if (state.RecordExists) throw DffException.Condition("DuplicatedScriptSetID", $"There is a script set {Id} already", new { id = Id });
        state.State = new ScriptSetState { CreateTime = time.GetUtcNow() };
        Apply(change, caller);
        await WriteAsync();
    }

    public async Task ModifyAsync(ScriptSetChange change, Caller caller)
    {
        RequireExists();
        var isOnlyUnlock = change == new ScriptSetChange { IsLocked = false };
        Locks.Require(state.State.LockedByUserId, caller, "ModifyingScriptSetNotAllowed", $"Script set {Id}", isOnlyUnlock);
        Apply(change, caller);
        await WriteAsync();
    }

    public async Task DeleteAsync(Caller caller)
    {
        RequireExists();
        Locks.Require(state.State.LockedByUserId, caller, "DeletingScriptSetNotAllowed", $"Script set {Id}");
        foreach (var script in await scripts.GetIdsOfSetAsync(Id, CancellationToken.None))
            Locks.Require(script.LockedByUserId, caller, "DeletingScriptSetNotAllowed", $"Script {script.Id}");
        state.State.IsBeingDeleted = true;
        await state.WriteStateAsync();
        await FinishDeletionAsync();
    }

    public Task<ScriptAdded> AddScriptAsync(string scriptId, ScriptChange change, Caller caller)
    {
        RequireExists();
        Locks.Require(state.State.LockedByUserId, caller, "AddingScriptNotAllowed", $"Script set {Id}");
        return GrainFactory.GetGrain<IScriptGrain>(scriptId).AddAsync(change, caller);
    }

    public Task<ScriptSetLock> GetLockAsync() => Task.FromResult(new ScriptSetLock(Exists, state.State.LockedByUserId));

    public async Task ReprojectAsync()
    {
        if (state is { RecordExists: true, State.IsBeingDeleted: true }) await FinishDeletionAsync();
        else if (state.RecordExists) await ProjectAsync();
        else await changes.AnnounceAsync(await rows.DeleteAsync(Id, state.Version(), CancellationToken.None), CancellationToken.None);
    }

    private void RequireExists()
    {
        if (!Exists) throw DffException.NotFound("script set", Id);
    }

    private void Apply(ScriptSetChange change, Caller caller)
    {
        var set = state.State;
        set.Title = change.Title.Or(set.Title);
        set.Description = change.Description.Or(set.Description);
        set.Requirements = change.Requirements.Or(set.Requirements);
        set.IsPinned = change.IsPinned.Or(set.IsPinned);
        set.LockedByUserId = Locks.After(set.LockedByUserId, change.IsLocked, caller);
        set.UpdateTime = time.GetUtcNow();
    }

    private async Task WriteAsync()
    {
        await state.WriteStateAsync();
        await ProjectAsync();
    }

    private async Task ProjectAsync() =>
        await changes.AnnounceAsync(await rows.ProjectAsync(ScriptRows.Of(Id, state.State, state.Version()), CancellationToken.None), CancellationToken.None);

    private async Task FinishDeletionAsync()
    {
        foreach (var script in await scripts.GetStoredIdsOfSetAsync(Id, CancellationToken.None))
            await GrainFactory.GetGrain<IScriptGrain>(script).DeleteWithSetAsync();
        await state.ClearStateAsync();
        await changes.AnnounceAsync(await rows.DeleteAsync(Id, state.Version(), CancellationToken.None), CancellationToken.None);
        DeactivateOnIdle();
    }
}
