using System.Collections.Concurrent;
using System.Collections.Immutable;
using Dff.Abstractions.Caching;
using Dff.Python;
using Dff.Storage.Scripts;

namespace Dff.Grains.Scripts;

/// <summary>The published code as this silo knows it: a chain of immutable snapshots, of which every call keeps the one it began with.</summary>
public sealed class PublishedCode(ScriptRepository scripts) : IChangeHandler
{
    /// <summary>Changes remembered for workers that come back after a while; one that missed more drops everything it has compiled.</summary>
    private const int RememberedChanges = 256;

    // The MD5 is part of the key because a script that was deleted and made anew begins at version 1 again.
    private readonly ConcurrentDictionary<(string ScriptId, Published Published), Task<ScriptCode?>> _code = new();
    private CodeSnapshot? _snapshot;

    public ICodeSnapshot Snapshot => Volatile.Read(ref _snapshot) ?? throw new InvalidOperationException("the published code has not been loaded yet");

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var published = await scripts.GetPublishedVersionsAsync(cancellationToken);
        var versions = published.ToImmutableDictionary(script => script.Id, script => new Published(script.PublishVersion, script.CodeMD5), StringComparer.Ordinal);
        var previous = Volatile.Read(ref _snapshot);
        Volatile.Write(ref _snapshot, new CodeSnapshot(this, (previous?.Generation ?? 0) + 1, versions, null));
    }

    public async Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var current = Volatile.Read(ref _snapshot)!;
        var versions = current.Versions;
        var changed = new List<string>();
        foreach (var scriptId in keys)
        {
            var row = await scripts.GetPublishedVersionAsync(scriptId, cancellationToken);
            Published? published = row is null ? null : new Published(row.PublishVersion, row.CodeMD5);
            Published? known = versions.TryGetValue(scriptId, out var found) ? found : null;
            if (published == known) continue;
            changed.Add(scriptId);
            versions = published is { } now ? versions.SetItem(scriptId, now) : versions.Remove(scriptId);
            if (known is { } old) _code.TryRemove((scriptId, old), out _);
        }

        if (changed.Count == 0) return;
        var generation = current.Generation + 1;
        var changes = (current.Changes ?? []).AddRange(changed.Select(scriptId => (generation, scriptId)));
        if (changes.Count > RememberedChanges) changes = changes.RemoveRange(0, changes.Count - RememberedChanges);
        Volatile.Write(ref _snapshot, new CodeSnapshot(this, generation, versions, changes));
    }

    private async ValueTask<ScriptCode?> LoadAsync(string scriptId, Published published, CancellationToken cancellationToken)
    {
        var load = _code.GetOrAdd((scriptId, published), key => ReadAsync(key.ScriptId, key.Published.Version));
        try
        {
            var code = await load.WaitAsync(cancellationToken);
            if (code is null) _code.TryRemove((scriptId, published), out _);
            return code;
        }
        catch
        {
            _code.TryRemove((scriptId, published), out _);
            throw;
        }
    }

    private async Task<ScriptCode?> ReadAsync(string scriptId, int version)
    {
        var code = await scripts.GetCodeAsync(scriptId, version, CancellationToken.None);
        return code is null ? null : new ScriptCode(scriptId, version, System.Text.Encoding.UTF8.GetBytes(code));
    }

    private readonly record struct Published(int Version, string? Md5);

    private sealed class CodeSnapshot(
        PublishedCode owner, long generation, ImmutableDictionary<string, Published> versions, ImmutableList<(long Generation, string ScriptId)>? changes) : ICodeSnapshot
    {
        public long Generation { get; } = generation;

        public ImmutableDictionary<string, Published> Versions { get; } = versions;

        public ImmutableList<(long Generation, string ScriptId)>? Changes { get; } = changes;

        public int? VersionOf(string scriptId) => Versions.TryGetValue(scriptId, out var published) ? published.Version : null;

        public ValueTask<ScriptCode?> GetAsync(string scriptId, CancellationToken cancellationToken) =>
            Versions.TryGetValue(scriptId, out var published) ? owner.LoadAsync(scriptId, published, cancellationToken) : ValueTask.FromResult<ScriptCode?>(null);

        public IReadOnlyCollection<string>? ChangedSince(long generation)
        {
            if (generation == Generation) return [];
            // Remembered only when the oldest remembered change is the first one after the asked generation, or an earlier one.
            if (Changes is not { Count: > 0 } || Changes[0].Generation > generation + 1) return null;
            return Changes.Where(change => change.Generation > generation).Select(change => change.ScriptId).ToHashSet(StringComparer.Ordinal);
        }
    }
}
