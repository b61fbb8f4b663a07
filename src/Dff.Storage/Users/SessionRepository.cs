using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;

namespace Dff.Storage.Users;

/// <summary>A sign-in. The token itself is not stored, only its SHA-256 in hexadecimal.</summary>
public sealed record SessionRow
{
    /// <summary>What users call it by; it opens nothing.</summary>
    public string Id { get; init; } = "";

    public string TokenHash { get; init; } = "";

    public string UserId { get; init; } = "";

    /// <summary>Where it was begun from.</summary>
    public string? Address { get; init; }

    /// <summary>What the client said it is.</summary>
    public string? Client { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset LastSeenTime { get; init; }

    public DateTimeOffset ExpireTime { get; init; }
}

public sealed class SessionRepository(StoreDatabase database, ChangeLog changes)
{
    private const string Kind = "session";
    private const string Columns = "id, tokenHash, userId, address, client, createTime, lastSeenTime, expireTime";

    public Task<SessionRow?> FindAsync(string tokenHash, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<SessionRow>($"SELECT {Columns} FROM user_session WHERE tokenHash = @tokenHash", new { tokenHash }, cancellationToken);

    /// <summary>Those of a user that have not expired, the last used first.</summary>
    public Task<IReadOnlyList<SessionRow>> GetOfUserAsync(string userId, DateTimeOffset now, CancellationToken cancellationToken) => database.QueryAsync<SessionRow>(
        $"SELECT {Columns} FROM user_session WHERE userId = @userId AND expireTime > @now ORDER BY lastSeenTime DESC, id", new { userId, now }, cancellationToken);

    public Task AddAsync(SessionRow session, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync("DELETE FROM user_session WHERE expireTime < @LastSeenTime", session, transaction);
            return await connection.ExecuteAsync(
                """
                INSERT INTO user_session (id, tokenHash, userId, address, client, createTime, lastSeenTime, expireTime)
                VALUES (@Id, @TokenHash, @UserId, @Address, @Client, @CreateTime, @LastSeenTime, @ExpireTime)
                """,
                session,
                transaction);
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

    /// <returns>The number of the change; null where the user has no such session.</returns>
    public Task<long?> DeleteOfUserAsync(string userId, string id, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
        {
            var tokenHash = await connection.QueryFirstOrDefaultAsync<string>("SELECT tokenHash FROM user_session WHERE id = @id AND userId = @userId", new { id, userId }, transaction);
            if (tokenHash is null) return null;
            await connection.ExecuteAsync("DELETE FROM user_session WHERE tokenHash = @tokenHash", new { tokenHash }, transaction);
            return await changes.AppendAsync(connection, transaction, Kind, tokenHash);
        },
        cancellationToken);
}
