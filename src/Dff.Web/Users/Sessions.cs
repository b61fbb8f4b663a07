using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Storage.Users;

namespace Dff.Web.Users;

/// <summary>Sign-ins: random tokens of which the store knows only the hash. Remembered on every silo, and forgotten there when one is revoked.</summary>
public sealed class Sessions : IChangeHandler
{
    private const int TokenBytes = 32;
    private const int MostRemembered = 100_000;
    private static readonly TimeSpan ProlongEvery = TimeSpan.FromMinutes(1);

    private readonly SessionRepository _sessions;
    private readonly UserRepository _users;
    private readonly IChangeFeed _changes;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lifetime;
    private readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);
    private long _invalidations;

    public Sessions(SessionRepository sessions, UserRepository users, IChangeFeed changes, WebOptions options, TimeProvider time)
    {
        (_sessions, _users, _changes, _time, _lifetime) = (sessions, users, changes, time, TimeSpan.FromSeconds(options.AuthExpires));
        changes.Subscribe(ChangeKind.Session, this);
        changes.Subscribe(ChangeKind.User, this);
    }

    /// <param name="address">Where the user signs in from.</param>
    /// <param name="client">What with.</param>
    public async Task<string> BeginAsync(string userId, string address, string? client, CancellationToken cancellationToken)
    {
        var token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenBytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var now = _time.GetUtcNow();
        var session = new SessionRow
        {
            Id = ShortId.New("sess"),
            TokenHash = HashOf(token),
            UserId = userId,
            Address = address,
            Client = client,
            CreateTime = now,
            LastSeenTime = now,
            ExpireTime = now + _lifetime,
        };
        await _sessions.AddAsync(session, cancellationToken);
        return token;
    }

    public async Task EndAsync(string tokenHash, CancellationToken cancellationToken)
    {
        if (await _sessions.DeleteAsync(tokenHash, cancellationToken) is { } sequence) await _changes.AnnounceAsync(sequence, cancellationToken);
    }

    /// <returns>The user; null when the token is unknown, revoked or expired.</returns>
    /// <exception cref="DffException">EUserDisabled.</exception>
    public async ValueTask<SignedInUser?> FindAsync(string token, CancellationToken cancellationToken)
    {
        await _changes.EnsureCurrentAsync(cancellationToken);
        var hash = HashOf(token);
        if (!_remembered.TryGetValue(hash, out var session))
        {
            session = await ReadAsync(hash, cancellationToken);
            if (session is null) return null;
        }

        var now = _time.GetUtcNow();
        if (session.Row.ExpireTime <= now) return null;
        if (session.IsDisabled) throw new DffException(ErrorReason.UserDisabled, "This user has been disabled");
        if (now - session.Row.LastSeenTime >= ProlongEvery) await ProlongAsync(session, now, cancellationToken);
        return session.User;
    }

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        var changed = keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (hash, session) in _remembered)
        {
            if (changed.Contains(hash) || changed.Contains(session.User.Id)) _remembered.TryRemove(hash, out _);
        }

        return Task.CompletedTask;
    }

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        _remembered.Clear();
        return Task.CompletedTask;
    }

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private async Task<Remembered?> ReadAsync(string hash, CancellationToken cancellationToken)
    {
        var before = Interlocked.Read(ref _invalidations);
        if (await _sessions.FindAsync(hash, cancellationToken) is not { } row) return null;
        if (await _users.FindAsync(row.UserId, cancellationToken) is not { } user) return null;
        var session = new Remembered(row, SignedInUser.From(user, hash), user.IsDisabled);
        if (_remembered.Count >= MostRemembered) _remembered.Clear();
        _remembered[hash] = session;
        if (Interlocked.Read(ref _invalidations) != before) _remembered.TryRemove(hash, out _);
        return session;
    }

    private async Task ProlongAsync(Remembered session, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = session.Row with { LastSeenTime = now, ExpireTime = now + _lifetime };
        // Only one of many requests at the same moment writes.
        if (_remembered.TryUpdate(session.Row.TokenHash, session with { Row = row }, session)) await _sessions.ProlongAsync(row, cancellationToken);
    }

    private sealed record Remembered(SessionRow Row, SignedInUser User, bool IsDisabled);
}
