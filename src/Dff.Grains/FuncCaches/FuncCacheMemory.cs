using System.Globalization;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;

namespace Dff.Grains.FuncCaches;

/// <summary>The values of <c>DFF.CACHE</c> that this silo holds, of all its scopes: where they need more memory than they may have, those go first that were not used for longest.</summary>
public sealed class FuncCacheMemory(WorkerOptions options, TimeProvider time)
{
    /// <summary>What an entry takes beside its texts, about.</summary>
    private const int Overhead = 200;

    private const double LongestSeconds = 10.0 * 366 * 86400;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<string, LinkedListNode<Entry>>> _scopes = new(StringComparer.Ordinal);

    /// <summary>The one used last comes first.</summary>
    private readonly LinkedList<Entry> _byUse = new();

    private long _size;

    public string? Get(string scope, string key)
    {
        lock (_lock) return Find(scope, key)?.Text;
    }

    public bool Set(string scope, string key, string value, TimeSpan? expire, bool notExists)
    {
        lock (_lock)
        {
            if (notExists && Find(scope, key) is not null) return false;
            Store(new Entry(scope, key) { Value = value, Deadline = DeadlineOf(expire) });
            return true;
        }
    }

    public string? Exchange(string scope, string key, string value)
    {
        lock (_lock)
        {
            var before = Find(scope, key)?.Text;
            Store(new Entry(scope, key) { Value = value });
            return before;
        }
    }

    public bool Expire(string scope, string key, TimeSpan expire)
    {
        lock (_lock)
        {
            if (Find(scope, key) is not { } entry) return false;
            entry.Deadline = DeadlineOf(expire);
            return true;
        }
    }

    public bool Delete(string scope, string key)
    {
        lock (_lock)
        {
            if (Find(scope, key) is not { } entry) return false;
            Remove(entry);
            return true;
        }
    }

    public long Increment(string scope, string key, long step)
    {
        lock (_lock)
        {
            var entry = Find(scope, key);
            var before = 0L;
            if (entry is not null && !long.TryParse(entry.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out before))
                throw DffException.BadRequest("key", $"the value of '{key}' is no whole number");
            long after;
            try
            {
                after = checked(before + step);
            }
            catch (OverflowException)
            {
                throw DffException.BadRequest("step", $"the value of '{key}' would be beyond 64 bits");
            }

            Store(new Entry(scope, key) { Value = after.ToString(CultureInfo.InvariantCulture), Deadline = entry?.Deadline });
            return after;
        }
    }

    public long Push(string scope, string key, string value, bool atEnd)
    {
        lock (_lock)
        {
            var entry = Find(scope, key);
            RequireRoom(entry?.List is null ? SizeOf(scope, key) : entry.Size, value);
            if (entry is null) Store(entry = new Entry(scope, key) { Value = new LinkedList<string>() });
            if (atEnd) entry.List.AddLast(value);
            else entry.List.AddFirst(value);
            Grow(entry, SizeOf(value));
            return entry.List.Count;
        }
    }

    public string? Pop(string scope, string key, bool atEnd)
    {
        lock (_lock) return Take(scope, key, atEnd);
    }

    public string? Move(string scope, string key, string to)
    {
        lock (_lock)
        {
            if (Find(scope, key)?.List.Last is not { Value: var value }) return null;
            // Before it is taken: it must be able to go there.
            var target = Find(scope, to);
            if (key != to) RequireRoom(target?.List is null ? SizeOf(scope, to) : target.Size, value);
            Take(scope, key, atEnd: true);
            Push(scope, to, value, atEnd: false);
            return value;
        }
    }

    /// <summary>Forgets what has expired.</summary>
    /// <returns>Whether something of the scope is left.</returns>
    public bool Sweep(string scope)
    {
        lock (_lock)
        {
            if (!_scopes.TryGetValue(scope, out var entries)) return false;
            foreach (var node in entries.Values.Where(node => HasExpired(node.Value)).ToList()) Remove(node.Value);
            return _scopes.ContainsKey(scope);
        }
    }

    /// <summary>Forgets all of a scope, which is another silo's from now on.</summary>
    public void Drop(string scope)
    {
        lock (_lock)
        {
            if (!_scopes.TryGetValue(scope, out var entries)) return;
            foreach (var node in entries.Values.ToList()) Remove(node.Value);
        }
    }

    private string? Take(string scope, string key, bool atEnd)
    {
        if (Find(scope, key) is not { } entry) return null;
        var node = (atEnd ? entry.List.Last : entry.List.First)!;
        entry.List.Remove(node);
        if (entry.List.Count == 0) Remove(entry);
        else Grow(entry, -SizeOf(node.Value));
        return node.Value;
    }

    private Entry? Find(string scope, string key)
    {
        if (!_scopes.TryGetValue(scope, out var entries) || !entries.TryGetValue(key, out var node)) return null;
        if (HasExpired(node.Value))
        {
            Remove(node.Value);
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value;
    }

    private void Store(Entry entry)
    {
        var size = SizeOf(entry.Scope, entry.Key);
        if (entry.Value is string text)
        {
            RequireRoom(size, text);
            size += SizeOf(text);
        }

        if (_scopes.TryGetValue(entry.Scope, out var known) && known.TryGetValue(entry.Key, out var before)) Remove(before.Value);
        if (!_scopes.TryGetValue(entry.Scope, out var entries)) _scopes[entry.Scope] = entries = new(StringComparer.Ordinal);
        entries[entry.Key] = _byUse.AddFirst(entry);
        Grow(entry, size);
    }

    private void Grow(Entry entry, long size)
    {
        entry.Size += size;
        _size += size;
        while (_size > options.FuncCacheMaxBytes && _byUse.Last!.Value != entry) Remove(_byUse.Last.Value);
    }

    private void Remove(Entry entry)
    {
        var entries = _scopes[entry.Scope];
        entries.Remove(entry.Key, out var node);
        if (entries.Count == 0) _scopes.Remove(entry.Scope);
        _byUse.Remove(node!);
        _size -= entry.Size;
    }

    private void RequireRoom(long size, string value)
    {
        if (size + SizeOf(value) > options.FuncCacheMaxBytes)
            throw DffException.BadRequest("value", $"the value needs more memory than all values may have (_FUNC_CACHE_MAX_BYTES, {options.FuncCacheMaxBytes})");
    }

    private bool HasExpired(Entry entry) => entry.Deadline <= time.GetTimestamp();

    private long? DeadlineOf(TimeSpan? expire) => expire is { } span ? time.GetTimestamp() + (long)(Math.Min(span.TotalSeconds, LongestSeconds) * time.TimestampFrequency) : null;

    private static long SizeOf(string scope, string key) => Overhead + (2L * (scope.Length + key.Length));

    private static long SizeOf(string value) => 40 + (2L * value.Length);

    private sealed class Entry(string scope, string key)
    {
        public string Scope { get; } = scope;

        public string Key { get; } = key;

        /// <summary>A text, or a list of texts.</summary>
        public required object Value { get; init; }

        /// <summary>A timestamp; null: it is kept.</summary>
        public long? Deadline { get; set; }

        public long Size { get; set; }

        public string Text => Value as string ?? throw DffException.BadRequest("key", $"the value of '{Key}' is a list");

        public LinkedList<string> List => Value as LinkedList<string> ?? throw DffException.BadRequest("key", $"the value of '{Key}' is no list");
    }
}
