using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Abstractions.Users;
using Dff.Grains.AutoRun;
using Dff.Storage.Scripts;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Scripts;

public sealed partial class ScriptGrain(
    [PersistentState("script")] IPersistentState<ScriptState> state, ScriptRepository rows, PublishCheck check, AutoRunner autoRunner, IChangeFeed changes, TimeProvider time,
    ILogger<ScriptGrain> logger) : Grain, IScriptGrain
{
    // The rows keep the code of every version, the state only the latest: rows that are behind must follow before the next publish.
    private bool _rowsFollow;

    private string Id => this.GetPrimaryKeyString();

    public async Task<ScriptAdded> AddAsync(ScriptChange change, Caller caller)
    {
        ScriptIds.RequireScriptId(Id, "data.id");
        if (state.RecordExists) throw DffException.Condition("DuplicatedScriptID", $"There is a script {Id} already", new { id = Id });
        state.State = new ScriptState { CreateTime = time.GetUtcNow(), CodeDraftMd5 = Md5.OfText("") };
        Apply(change, caller);
        await WriteAsync();
        return new ScriptAdded(Id, state.State.CodeDraftMd5);
    }

    public async Task<ScriptModified> ModifyAsync(ScriptChange change, Caller caller)
    {
        RequireExists();
        var isOnlyUnlock = change == new ScriptChange { IsLocked = false };
        await RequireUnlockedAsync(caller, "ModifyingScriptNotAllowed", isOnlyUnlock);
        if (change.PreviousDraftMd5 is { } previous && previous != state.State.CodeDraftMd5)
        {
            throw new DffException(
                $"{ErrorReason.BizRequestConflict}.scriptDraftAlreadyChanged",
                $"The draft of {Id} was changed in the meantime; read it again and merge",
                new { codeDraftMD5 = state.State.CodeDraftMd5 });
        }

        Apply(change, caller);
        await WriteAsync();
        return new ScriptModified(Id, state.State.CodeDraftMd5);
    }

    public async Task DeleteAsync(Caller caller)
    {
        RequireExists();
        await RequireUnlockedAsync(caller, "DeletingScriptNotAllowed", isOnlyUnlock: false);
        await DeleteWithSetAsync();
    }

    public async Task DeleteWithSetAsync()
    {
        if (state.RecordExists) await state.ClearStateAsync();
        await DeleteRowsAsync();
        DeactivateOnIdle();
    }

    public async Task<ScriptPublished> PublishAsync(bool force, string? note, Caller caller)
    {
        RequireExists();
        await RequireUnlockedAsync(caller, "ModifyingScriptNotAllowed", isOnlyUnlock: false);
        var script = state.State;
        if (!force && script.PublishVersion > 0 && script.CodeDraftMd5 == script.CodeMd5)
            throw DffException.Condition("ScriptNotEdited", $"The draft of {Id} is what is published already; force publishes it all the same", new { id = Id });
        return await PublishAsync(script.CodeDraft, note);
    }

    public async Task<ScriptPublished> RollBackAsync(int version, string? note, Caller caller)
    {
        RequireExists();
        await RequireUnlockedAsync(caller, "ModifyingScriptNotAllowed", isOnlyUnlock: false);
        await EnsureRowsFollowAsync();
        var code = await rows.GetCodeAsync(Id, version, CancellationToken.None)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"data.scriptPublishVersion: {Id} has no version {version}, or it is no longer kept", new { field = "data.scriptPublishVersion", id = Id });
        if (code == state.State.Code)
            throw DffException.Condition("ScriptNotEdited", $"Version {version} of {Id} is the code that runs already", new { id = Id, publishVersion = state.State.PublishVersion });
        return await PublishAsync(code, note ?? $"Rolled back to version {version}");
    }

    public Task<ScriptDraft> GetDraftAsync()
    {
        RequireExists();
        return Task.FromResult(new ScriptDraft(state.State.CodeDraft, state.State.CodeDraftMd5));
    }

    public async Task ReprojectAsync()
    {
        if (state.RecordExists) await ProjectAsync();
        else await DeleteRowsAsync();
    }

    private async Task<ScriptPublished> PublishAsync(string code, string? note)
    {
        var functions = await check.RunAsync(Id, code);
        await EnsureRowsFollowAsync();
        var (script, now, md5) = (state.State, time.GetUtcNow(), Md5.OfText(code));
        // Edits of the draft are nobody's to throw away.
        if (script.CodeDraftMd5 == script.CodeMd5) (script.CodeDraft, script.CodeDraftMd5) = (code, md5);
        script.Code = code;
        script.CodeMd5 = md5;
        script.PublishVersion++;
        script.FunctionsJson = functions;
        script.PublishNote = note;
        script.PublishTime = now;
        script.UpdateTime = now;
        await WriteAsync();
        return new ScriptPublished(Id, script.PublishVersion, script.FunctionsJson);
    }

    private void RequireExists()
    {
        if (!state.RecordExists) throw DffException.NotFound("script", Id);
    }

    private async Task RequireUnlockedAsync(Caller caller, string subReason, bool isOnlyUnlock)
    {
        Locks.Require(state.State.LockedByUserId, caller, subReason, $"Script {Id}", isOnlyUnlock);
        var set = ScriptIds.SetOf(Id);
        var setLock = await GrainFactory.GetGrain<IScriptSetGrain>(set).GetLockAsync();
        if (!setLock.Exists) throw DffException.NotFound("script set", set);
        Locks.Require(setLock.LockedByUserId, caller, subReason, $"Script set {set}", isOnlyUnlock);
    }

    private void Apply(ScriptChange change, Caller caller)
    {
        var script = state.State;
        script.Title = change.Title.Or(script.Title);
        script.Description = change.Description.Or(script.Description);
        if (change.CodeDraft is { IsSet: true, Value: { } draft })
        {
            script.CodeDraft = draft;
            script.CodeDraftMd5 = Md5.OfText(draft);
        }

        script.LockedByUserId = Locks.After(script.LockedByUserId, change.IsLocked, caller);
        script.UpdateTime = time.GetUtcNow();
    }

    private async Task WriteAsync()
    {
        _rowsFollow = false;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            // What is in memory was not stored: the next call must see what is.
            DeactivateOnIdle();
            throw;
        }

        await ProjectAsync();
    }

    private async Task EnsureRowsFollowAsync()
    {
        if (!_rowsFollow) await ProjectAsync();
    }

    private async Task ProjectAsync()
    {
        var sequence = await rows.ProjectAsync(ScriptRows.Of(Id, state.State, state.Version()), CancellationToken.None);
        _rowsFollow = true;
        await changes.AnnounceAsync(sequence, CancellationToken.None);
        await SettleAutoRunAsync();
    }

    private async Task DeleteRowsAsync()
    {
        var sequence = await rows.DeleteAsync(Id, state.Version(), CancellationToken.None);
        await changes.AnnounceAsync(sequence, CancellationToken.None);
        await SettleAutoRunAsync();
    }

    /// <summary>What is not done here is found by the service that looks for it every few seconds.</summary>
    private async Task SettleAutoRunAsync()
    {
        try
        {
            await autoRunner.SettleAsync(Id, CancellationToken.None);
        }
        catch (Exception error)
        {
            AutoRunNotSettled(Id, error);
        }
    }

    [LoggerMessage(EventId = 130, EventName = "AutoRunNotSettled", Level = LogLevel.Warning, Message = "Script {Id}: its functions that run by themselves could not be seen to now; it is tried again in a few seconds")]
    private partial void AutoRunNotSettled(string id, Exception error);
}
