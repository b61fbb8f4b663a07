using Dff.Abstractions.Users;
using Orleans.Concurrency;

namespace Dff.Abstractions.Scripts;

/// <summary>A script set. Key: its ID, <c>[A-Za-z][A-Za-z0-9_]*</c> without <c>__</c>, at most 64 characters.</summary>
[Alias("dff.script-set")]
public interface IScriptSetGrain : IGrainWithStringKey
{
    /// <summary>Throws EBizCondition.DuplicatedScriptSetID where it exists.</summary>
    [Alias("add")]
    Task AddAsync(ScriptSetChange change, Caller caller);

    /// <summary>Fields that are not set stay as they are.</summary>
    [Alias("modify")]
    Task ModifyAsync(ScriptSetChange change, Caller caller);

    /// <summary>Deletes the set and its scripts; carried on after a crash.</summary>
    [Alias("delete"), ResponseTimeout("00:05:00")]
    Task DeleteAsync(Caller caller);

    /// <summary>Adds a script of this set. The set is the gate, so that a script cannot appear in a set that is being deleted.</summary>
    [Alias("add-script")]
    Task<ScriptAdded> AddScriptAsync(string scriptId, ScriptChange change, Caller caller);

    /// <summary>Whether the set exists and who has locked it. Interleaves: scripts ask it while the set waits for them.</summary>
    [Alias("lock"), AlwaysInterleave]
    Task<ScriptSetLock> GetLockAsync();

    /// <summary>Writes the list row again from the state, and carries on what a crash has cut off.</summary>
    [Alias("reproject"), ResponseTimeout("00:05:00")]
    Task ReprojectAsync();
}

/// <summary>An optional new value: <see cref="IsSet"/> false leaves the field as it is.</summary>
[GenerateSerializer, Immutable, Alias("dff.change`1")]
public readonly record struct Change<T>([property: Id(0)] bool IsSet, [property: Id(1)] T? Value)
{
    public static implicit operator Change<T>(T? value) => new(true, value);

    public T? Or(T? current) => IsSet ? Value : current;
}

[GenerateSerializer, Immutable, Alias("dff.script-set-change")]
public sealed record ScriptSetChange
{
    [Id(0)] public Change<string> Title { get; init; }

    [Id(1)] public Change<string> Description { get; init; }

    [Id(2)] public Change<string> Requirements { get; init; }

    [Id(3)] public Change<bool> IsPinned { get; init; }

    /// <summary>True locks for the caller, false unlocks.</summary>
    [Id(4)] public Change<bool> IsLocked { get; init; }
}

/// <param name="Exists">False as well while the set is being deleted.</param>
[GenerateSerializer, Immutable, Alias("dff.script-set-lock")]
public sealed record ScriptSetLock([property: Id(0)] bool Exists, [property: Id(1)] string? LockedByUserId);
