using System.Data.Common;
using System.Text.Json.Serialization;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;

namespace Dff.Storage.Users;

public sealed record UserRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string Username { get; init; } = "";

    [JsonIgnore]
    public string? PasswordHash { get; init; }

    public string? Name { get; init; }

    public string? Mobile { get; init; }

    public string? Email { get; init; }

    public string? Markers { get; init; }

    /// <summary>Comma-separated.</summary>
    public string? Roles { get; init; }

    public string? CustomPrivileges { get; init; }

    public bool IsDisabled { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

public sealed class UserRepository(StoreDatabase database, ChangeLog changes, TimeProvider time)
{
    private const string Kind = "user";
    private const string Columns = "seq, id, username, passwordHash, name, mobile, email, markers, roles, customPrivileges, isDisabled, createTime, updateTime";

    public Task<UserRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<UserRow>($"SELECT {Columns} FROM dff_user WHERE id = @id", new { id }, cancellationToken);

    public Task<UserRow?> FindByNameAsync(string username, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<UserRow>($"SELECT {Columns} FROM dff_user WHERE username = @username", new { username }, cancellationToken);

    /// <summary>Creates the first administrator. The unique row in <c>meta</c> lets one caller win; the others get false.</summary>
    public async Task<bool> TrySetUpAsync(UserRow administrator, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(
                async (connection, transaction) =>
                {
                    await connection.ExecuteAsync("INSERT INTO meta (metaKey, metaValue) VALUES ('initialized', 'true')", transaction: transaction);
                    await connection.ExecuteAsync(
                        $"""
                        INSERT INTO dff_user (id, username, passwordHash, name, mobile, email, markers, roles, customPrivileges, isDisabled, createTime, updateTime)
                        VALUES (@Id, @Username, @PasswordHash, @Name, @Mobile, @Email, @Markers, @Roles, @CustomPrivileges, @IsDisabled, @now, @now)
                        """,
                        new DynamicParameters(administrator).WithNow(time),
                        transaction);
                    await changes.AppendAsync(connection, transaction, Kind, administrator.Id);
                    return true;
                },
                cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            return false;
        }
    }

    /// <returns>The number of the change.</returns>
    public Task<long> ModifyProfileAsync(string id, string? name, string? mobile, string? email, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync(
                "UPDATE dff_user SET name = @name, mobile = @mobile, email = @email, updateTime = @now WHERE id = @id", new { id, name, mobile, email, now = time.GetUtcNow() }, transaction);
            return await changes.AppendAsync(connection, transaction, Kind, id);
        },
        cancellationToken);

    /// <summary>Sets the password and ends all sessions of the user.</summary>
    public Task<long?> SetPasswordAsync(string username, string passwordHash, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
        {
            var id = await connection.QueryFirstOrDefaultAsync<string>("SELECT id FROM dff_user WHERE username = @username", new { username }, transaction);
            if (id is null) return null;
            await connection.ExecuteAsync("UPDATE dff_user SET passwordHash = @passwordHash, updateTime = @now WHERE id = @id", new { id, passwordHash, now = time.GetUtcNow() }, transaction);
            foreach (var token in await connection.QueryAsync<string>("SELECT tokenHash FROM user_session WHERE userId = @id", new { id }, transaction))
                await changes.AppendAsync(connection, transaction, "session", token);
            await connection.ExecuteAsync("DELETE FROM user_session WHERE userId = @id", new { id }, transaction);
            return await changes.AppendAsync(connection, transaction, Kind, id);
        },
        cancellationToken);
}

internal static class UserParameters
{
    public static DynamicParameters WithNow(this DynamicParameters parameters, TimeProvider time)
    {
        parameters.Add("now", time.GetUtcNow());
        return parameters;
    }
}
