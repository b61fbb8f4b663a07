using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;

namespace Dff.Storage.Users;

/// <summary>A sign-in. The token itself is not stored, only its SHA-256 in hexadecimal.</summary>
public sealed record SessionRow
{
    public string TokenHash { get; init; } = "";

    public string UserId { get; init; } = "";

    public DateTimeOffset LastSeenTime { get; init; }

    public DateTimeOffset ExpireTime { get; init; }
}

public sealed class SessionRepository(StoreDatabase database, ChangeLog changes)
{
    private const string Kind = "session";

    public Task<SessionRow?> FindAsync(string tokenHash, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<SessionRow>("SELECT tokenHash, userId, lastSeenTime, expireTime FROM user_session WHERE tokenHash = @tokenHash", new { tokenHash }, cancellationToken);

    public Task AddAsync(SessionRow session, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync("DELETE FROM user_session WHERE expireTime < @LastSeenTime", session, transaction);
            return await connection.ExecuteAsync(
                "INSERT INTO user_session (tokenHash, userId, createTime, lastSeenTime, expireTime) VALUES (@TokenHash, @UserId, @LastSeenTime, @LastSeenTime, @ExpireTime)", session, transaction);
        },
        cancellationToken);

    /// <summary>Use prolongs a session; it says nothing to other silos, which only look at the stored row when they first meet the token.</summary>
    public Task ProlongAsync(SessionRow session, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync(
            "UPDATE user_session SET lastSeenTime = @LastSeenTime, expireTime = @ExpireTime WHERE tokenHash = @TokenHash", session, transaction),
        cancellationToken);

    /// <returns>The number of the change; null where there was no such session.</returns>
    public Task<long?> DeleteAsync(string tokenHash, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync("DELETE FROM user_session WHERE tokenHash = @tokenHash", new { tokenHash }, transaction) == 0
                ? null
                : await changes.AppendAsync(connection, transaction, Kind, tokenHash),
        cancellationToken);
}
