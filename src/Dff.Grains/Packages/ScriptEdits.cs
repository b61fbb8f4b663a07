using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Grains.GrainStates;
using Dff.Grains.Scripts;
using Dff.Storage.Scripts;

namespace Dff.Grains.Packages;

/// <summary>All script sets and scripts of the store in one transaction: nobody else changes any of them until it ends.</summary>
internal sealed class ScriptEdits
{
    private readonly StoreEdit _edit;
    private readonly StateStore _states;
    private readonly ScriptRepository _scriptRows;
    private readonly ScriptSetRepository _setRows;
    private readonly Dictionary<string, StoredState<ScriptSetState>> _sets;
    private readonly Dictionary<string, StoredState<ScriptState>> _scripts;

    private ScriptEdits(
        StoreEdit edit, StateStore states, ScriptRepository scriptRows, ScriptSetRepository setRows, Dictionary<string, StoredState<ScriptSetState>> sets, Dictionary<string, StoredState<ScriptState>> scripts) =>
        (_edit, _states, _scriptRows, _setRows, _sets, _scripts) = (edit, states, scriptRows, setRows, sets, scripts);

    public IEnumerable<string> SetIds => _sets.Where(set => set.Value.State is not null).Select(set => set.Key);

    public IEnumerable<string> ScriptIdentifiers => _scripts.Where(script => script.Value.State is not null).Select(script => script.Key);

    public static async Task<ScriptEdits> LockAsync(StoreEdit edit, StateStore states, ScriptRepository scriptRows, ScriptSetRepository setRows) => new(
        edit,
        states,
        scriptRows,
        setRows,
        await states.LockAllAsync<ScriptSetState>(edit.Connection, edit.Transaction, StateNames.ScriptSet),
        await states.LockAllAsync<ScriptState>(edit.Connection, edit.Transaction, StateNames.Script));

    public bool HasSet(string id) => _sets.GetValueOrDefault(id)?.State is not null;

    public bool HasScript(string id) => _scripts.GetValueOrDefault(id)?.State is not null;

    /// <summary>As they are now. Ask before changing.</summary>
    public ScriptDump Dump() => new(
        [.. _sets.Where(set => set.Value.State is { IsBeingDeleted: false }).OrderBy(set => set.Key, StringComparer.Ordinal).Select(set => DumpedSet.Of(set.Key, set.Value.State!))],
        [.. _scripts.Where(script => script.Value.State is not null).OrderBy(script => script.Key, StringComparer.Ordinal).Select(script => DumpedScript.Of(script.Key, script.Value.State!))]);

    /// <param name="requirements">Null leaves them as they are where <paramref name="isPinned"/> is null too: packages need not tell.</param>
    public async Task PutSetAsync(string id, string? title, string? description, string? requirements, bool? isPinned)
    {
        var stored = _sets.GetValueOrDefault(id);
        if (stored?.State is { IsBeingDeleted: true }) throw new DffException(ErrorReason.BizRequestConflict, $"Script set {id} is being deleted; try again when it is gone", new { id });
        var set = stored?.State ?? new ScriptSetState { CreateTime = _edit.Now };
        if (isPinned is null) requirements ??= set.Requirements;
        if (stored?.State is not null && set.Title == title && set.Description == description && set.Requirements == requirements && set.IsPinned == (isPinned ?? set.IsPinned)) return;
        Locks.Require(set.LockedByUserId, _edit.Caller, "ModifyingScriptSetNotAllowed", $"Script set {id}");
        (set.Title, set.Description, set.Requirements, set.IsPinned, set.UpdateTime) = (title, description, requirements, isPinned ?? set.IsPinned, _edit.Now);
        var version = await _states.WriteAsync(_edit.Connection, _edit.Transaction, StateNames.ScriptSet, id, set, stored?.Version);
        _sets[id] = new StoredState<ScriptSetState>(set, version);
        await _setRows.WriteRowAsync(_edit.Connection, _edit.Transaction, ScriptRows.Of(id, set, version));
        NoteSet(id);
    }

    public async Task PutScriptAsync(string id, ScriptTarget target, string publishNote)
    {
        var stored = _scripts.GetValueOrDefault(id);
        var isNew = stored?.State is null;
        var script = stored?.State ?? new ScriptState { CreateTime = _edit.Now };
        var publishes = target.Published is { } published && !(script.PublishVersion > 0 && script.Code == published.Code && FunctionRows.AreSame(id, script.FunctionsJson, published.FunctionsJson));
        var draft = target.Draft ?? script.CodeDraft;
        var unpublishes = target.Published is null && !target.KeepsPublished && script.PublishVersion > 0;
        if (!isNew && !publishes && !unpublishes && script.Title == target.Title && script.Description == target.Description && script.CodeDraft == draft) return;
        RequireUnlocked(id, script, isNew ? "AddingScriptNotAllowed" : "ModifyingScriptNotAllowed");
        // Rows that are behind must follow first, because only they keep the code of every version.
        if (!isNew) await _scriptRows.WriteRowsAsync(_edit.Connection, _edit.Transaction, ScriptRows.Of(id, script, stored!.Version!.Value));
        // Its versions begin anew, so the former ones may not stand in their way.
        if (unpublishes) await _scriptRows.DeleteRowsAsync(_edit.Connection, _edit.Transaction, id, stored!.Version!.Value);
        (script.Title, script.Description, script.CodeDraft, script.CodeDraftMd5, script.UpdateTime) = (target.Title, target.Description, draft, Md5.OfText(draft), _edit.Now);
        if (publishes) Publish(script, target.Published!, publishNote);
        else if (unpublishes) (script.Code, script.CodeMd5, script.PublishVersion, script.FunctionsJson, script.PublishNote, script.PublishTime) = (null, null, 0, "[]", null, null);
        var version = await _states.WriteAsync(_edit.Connection, _edit.Transaction, StateNames.Script, id, script, stored?.Version);
        _scripts[id] = new StoredState<ScriptState>(script, version);
        await _scriptRows.WriteRowsAsync(_edit.Connection, _edit.Transaction, ScriptRows.Of(id, script, version));
        NoteScript(id);
    }

    public async Task DeleteScriptAsync(string id)
    {
        var stored = _scripts[id];
        RequireUnlocked(id, stored.State!, "DeletingScriptNotAllowed");
        var version = await _states.WriteAsync<ScriptState>(_edit.Connection, _edit.Transaction, StateNames.Script, id, null, stored.Version);
        _scripts[id] = new StoredState<ScriptState>(null, version);
        await _scriptRows.DeleteRowsAsync(_edit.Connection, _edit.Transaction, id, version);
        NoteScript(id);
    }

    public async Task DeleteSetAsync(string id)
    {
        var stored = _sets[id];
        Locks.Require(stored.State!.LockedByUserId, _edit.Caller, "DeletingScriptSetNotAllowed", $"Script set {id}");
        var version = await _states.WriteAsync<ScriptSetState>(_edit.Connection, _edit.Transaction, StateNames.ScriptSet, id, null, stored.Version);
        _sets[id] = new StoredState<ScriptSetState>(null, version);
        await _setRows.DeleteRowAsync(_edit.Connection, _edit.Transaction, id, version);
        NoteSet(id);
    }

    private void Publish(ScriptState script, PublishedTarget published, string note)
    {
        script.Code = published.Code;
        script.CodeMd5 = Md5.OfText(published.Code);
        // Versions only ever rise: calls under way, and nodes, know code by its number.
        script.PublishVersion = Math.Max(script.PublishVersion + 1, published.Version);
        script.FunctionsJson = published.FunctionsJson;
        (script.PublishNote, script.PublishTime) = (note, _edit.Now);
    }

    private void RequireUnlocked(string id, ScriptState script, string subReason)
    {
        Locks.Require(script.LockedByUserId, _edit.Caller, subReason, $"Script {id}");
        var set = ScriptIds.SetOf(id);
        Locks.Require(_sets.GetValueOrDefault(set)?.State?.LockedByUserId, _edit.Caller, subReason, $"Script set {set}");
    }

    private void NoteSet(string id)
    {
        _edit.Note(ChangeKind.ScriptSet, id);
        _edit.Note(StateStore.ChangeOf(StateNames.ScriptSet, id));
    }

    private void NoteScript(string id)
    {
        _edit.NoteScript(id);
        _edit.Note(StateStore.ChangeOf(StateNames.Script, id));
    }
}

/// <summary>What a script is to become.</summary>
/// <param name="Draft">Null leaves it as it is.</param>
/// <param name="Published">Null: it is not published, or <paramref name="KeepsPublished"/>.</param>
internal sealed record ScriptTarget(string? Title, string? Description, string? Draft, PublishedTarget? Published, bool KeepsPublished = false);

/// <param name="Version">The least that its version may be.</param>
internal sealed record PublishedTarget(string Code, string FunctionsJson, int Version);
