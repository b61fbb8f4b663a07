using System.Collections.Concurrent;

namespace Dff.Abstractions.Caching;

/// <summary>
/// Records of one kind in memory, read on first use and dropped when they change. A read that began before a change is not kept, because it may have
/// seen what was there before. That a record is missing is remembered too: links are often called by an ID without its prefix.
/// </summary>
public sealed class InvalidatingCache<T>(Func<string, CancellationToken, Task<T?>> load, IChangeFeed changes, int capacity) : IChangeHandler
    where T : class
{
    private readonly ConcurrentDictionary<string, T?> _entries = new(StringComparer.Ordinal);
    private long _invalidations;

    public async ValueTask<T?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await changes.EnsureCurrentAsync(cancellationToken);
        return _entries.TryGetValue(key, out var entry) ? entry : await LoadAsync(key, cancellationToken);
    }

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        foreach (var key in keys) _entries.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        _entries.Clear();
        return Task.CompletedTask;
    }

    private async Task<T?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        var before = Interlocked.Read(ref _invalidations);
        var entry = await load(key, cancellationToken);
        if (_entries.Count >= capacity) _entries.Clear();
        _entries[key] = entry;
        // A change that was applied while we read may have removed the key before we wrote it.
        if (Interlocked.Read(ref _invalidations) != before) _entries.TryRemove(key, out _);
        return entry;
    }
}
