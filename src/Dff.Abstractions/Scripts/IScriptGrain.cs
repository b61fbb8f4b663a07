using Dff.Abstractions.Users;

namespace Dff.Abstractions.Scripts;

/// <summary>
/// A script: its draft, and the published code that runs. Key: <c>set__name</c>, at most 128 characters.
/// The grain's state is the truth; list, function and history rows follow it.
/// </summary>
[Alias("dff.script")]
public interface IScriptGrain : IGrainWithStringKey
{
    /// <summary>Called by the script set only, which is the gate for new scripts.</summary>
    [Alias("add")]
    Task<ScriptAdded> AddAsync(ScriptChange change, Caller caller);

    /// <summary>
    /// Throws EBizRequestConflict.scriptDraftAlreadyChanged, changing nothing, when <see cref="ScriptChange.PreviousDraftMd5"/> is given and is not the stored one.
    /// </summary>
    [Alias("modify")]
    Task<ScriptModified> ModifyAsync(ScriptChange change, Caller caller);

    [Alias("delete")]
    Task DeleteAsync(Caller caller);

    /// <summary>Deletes without asking for locks: the set, which asked, deletes its scripts.</summary>
    [Alias("delete-with-set")]
    Task DeleteWithSetAsync();

    /// <summary>
    /// Runs the draft once as a pre-check and makes it the running code. When this answers, every silo serves the new version.
    /// Throws EBizCondition.ScriptNotEdited when the draft is the published code and not <paramref name="force"/>, and EScriptPreCheck when the draft does not load.
    /// </summary>
    [Alias("publish"), ResponseTimeout("00:02:30")]
    Task<ScriptPublished> PublishAsync(bool force, string? note, Caller caller);

    /// <summary>
    /// Publishes the code of an earlier version again, as a new version, after the pre-check. The draft follows where it was what is published; edits stay.
    /// Throws EClientNotFound where there is no such version, and EBizCondition.ScriptNotEdited when it is the code that runs already.
    /// </summary>
    [Alias("roll-back"), ResponseTimeout("00:02:30")]
    Task<ScriptPublished> RollBackAsync(int version, string? note, Caller caller);

    [Alias("draft")]
    Task<ScriptDraft> GetDraftAsync();

    /// <summary>Writes the rows again from the state where they are behind.</summary>
    [Alias("reproject")]
    Task ReprojectAsync();
}

[GenerateSerializer, Immutable, Alias("dff.script-change")]
public sealed record ScriptChange
{
    [Id(0)] public Change<string> Title { get; init; }

    [Id(1)] public Change<string> Description { get; init; }

    [Id(2)] public Change<string> CodeDraft { get; init; }

    /// <summary>True locks for the caller, false unlocks.</summary>
    [Id(3)] public Change<bool> IsLocked { get; init; }

    [Id(4)] public string? PreviousDraftMd5 { get; init; }
}

[GenerateSerializer, Immutable, Alias("dff.script-added")]
public sealed record ScriptAdded([property: Id(0)] string Id, [property: Id(1)] string CodeDraftMd5);

[GenerateSerializer, Immutable, Alias("dff.script-modified")]
public sealed record ScriptModified([property: Id(0)] string Id, [property: Id(1)] string CodeDraftMd5);

[GenerateSerializer, Immutable, Alias("dff.script-draft")]
public sealed record ScriptDraft([property: Id(0)] string Code, [property: Id(1)] string Md5);

/// <param name="FunctionsJson">JSON array: <c>exportedAPIFuncs</c>.</param>
[GenerateSerializer, Immutable, Alias("dff.script-published")]
public sealed record ScriptPublished([property: Id(0)] string Id, [property: Id(1)] int PublishVersion, [property: Id(2)] string FunctionsJson);
