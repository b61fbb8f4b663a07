using System.Collections.Concurrent;
using System.Text;
using Dff.Abstractions.Caching;
using Dff.Storage.AccessKeys;
using Dff.Storage.Secrets;
using Dff.Storage.Users;
using Dff.Web.Users;

namespace Dff.Web.AccessKeys;

/// <param name="Secret">UTF-8.</param>
public sealed record KnownAccessKey(string Id, byte[] Secret, SignedInUser User, bool IsDisabled);

/// <summary>Access keys with their owners, remembered on every silo and forgotten there when either changes.</summary>
public sealed class KnownAccessKeys : IChangeHandler
{
    private const int MostRemembered = 10_000;

    private readonly AccessKeyRepository _keys;
    private readonly UserRepository _users;
    private readonly SecretBox _box;
    private readonly IChangeFeed _changes;
    private readonly ConcurrentDictionary<string, KnownAccessKey> _remembered = new(StringComparer.Ordinal);
    private long _invalidations;

    public KnownAccessKeys(AccessKeyRepository keys, UserRepository users, SecretBox box, IChangeFeed changes)
    {
        (_keys, _users, _box, _changes) = (keys, users, box, changes);
        changes.Subscribe(ChangeKind.AccessKey, this);
        changes.Subscribe(ChangeKind.User, this);
    }

    public async ValueTask<KnownAccessKey?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await _changes.EnsureCurrentAsync(cancellationToken);
        return _remembered.TryGetValue(id, out var key) ? key : await ReadAsync(id, cancellationToken);
    }

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        var changed = keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (id, key) in _remembered)
        {
            if (changed.Contains(id) || changed.Contains(key.User.Id)) _remembered.TryRemove(id, out _);
        }

        return Task.CompletedTask;
    }

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        _remembered.Clear();
        return Task.CompletedTask;
    }

    private async Task<KnownAccessKey?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        var before = Interlocked.Read(ref _invalidations);
        if (await _keys.FindAsync(id, cancellationToken) is not { } row) return null;
        if (await _users.FindAsync(row.UserId, cancellationToken) is not { } owner) return null;
        var secret = Encoding.UTF8.GetBytes(_box.Open(row.SealedSecret, AccessKeyRow.PlaceOf(row.Id)));
        var key = new KnownAccessKey(row.Id, secret, SignedInUser.From(owner, tokenHash: null), owner.IsDisabled);
        if (_remembered.Count >= MostRemembered) _remembered.Clear();
        _remembered[id] = key;
        // A change that was applied while we read may have removed the key before we wrote it.
        if (Interlocked.Read(ref _invalidations) != before) _remembered.TryRemove(id, out _);
        return key;
    }
}
