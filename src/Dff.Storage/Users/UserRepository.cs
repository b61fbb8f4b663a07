using System.Data.Common;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Users;

/// <summary>Users. Every change takes the number of the change first: its row is locked until the commit, so that what a rule looks at cannot change meanwhile.</summary>
public sealed class UserRepository(StoreDatabase database, ChangeLog changes, TimeProvider time)
{
    private const string Kind = "user";
    private const string SuperAdmin = "sa";
    private const string Columns = "seq, id, username, passwordHash, name, mobile, email, markers, roles, customPrivileges, isDisabled, createTime, updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "dff_user",
        CountFrom = "dff_user",
        Filters = new Dictionary<string, string>
        {
            ["id"] = "id",
            ["username"] = "username",
            ["name"] = "name",
            ["mobile"] = "mobile",
            ["email"] = "email",
            ["isDisabled"] = "isDisabled",
        },
        Sorts = new Dictionary<string, string> { ["seq"] = "seq", ["username"] = "username", ["name"] = "name" },
        SearchText = "searchText",
    };

    public Task<ListResult<UserRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<UserRow>(database, query, cancellationToken);

    public Task<UserRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<UserRow>($"SELECT {Columns} FROM dff_user WHERE id = @id", new { id }, cancellationToken);

    /// <summary>Without regard to case, and to nothing else: MariaDB's collation takes accents and trailing blanks for the same, which would be as many names to guess a password under.</summary>
    public async Task<UserRow?> FindByNameAsync(string username, CancellationToken cancellationToken)
    {
        var user = await database.QueryFirstAsync<UserRow>($"SELECT {Columns} FROM dff_user WHERE username = @username", new { username }, cancellationToken);
        return string.Equals(user?.Username, username, StringComparison.OrdinalIgnoreCase) ? user : null;
    }

    /// <summary>Creates the first administrator. The unique row in <c>meta</c> lets one caller win; the others get false.</summary>
    public async Task<bool> TrySetUpAsync(UserRow administrator, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(
                async (connection, transaction) =>
                {
                    await connection.ExecuteAsync("INSERT INTO meta (metaKey, metaValue) VALUES ('initialized', 'true')", transaction: transaction);
                    await InsertAsync(connection, transaction, administrator);
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
    /// <exception cref="DuplicateKeyException">There is a user of this name.</exception>
    public async Task<long> AddAsync(UserRow user, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync((connection, transaction) => InsertAsync(connection, transaction, user), cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            throw new DuplicateKeyException(user.Username);
        }
    }

    /// <summary>Changes a user. A new password, and a user who is enabled again, end the sessions; those of a disabled user stay and are refused, so that they tell why.</summary>
    /// <param name="change">From the stored user to the new one; what it throws is the outcome, and nothing is changed.</param>
    /// <param name="keptToken">A session that goes on, by its hash.</param>
    /// <returns>The number of the change; null where there is no such user.</returns>
    /// <exception cref="LastSuperAdminException">Nobody would be left.</exception>
    /// <exception cref="DuplicateKeyException">There is a user of this name.</exception>
    public async Task<long?> ModifyAsync(string id, Func<UserRow, UserRow> change, string? keptToken, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync<long?>(
                async (connection, transaction) =>
                {
                    var sequence = await changes.AppendAsync(connection, transaction, Kind, id);
                    if (await FindAsync(connection, transaction, id) is not { } before) return null;
                    var after = change(before);
                    await connection.ExecuteAsync(
                        """
                        UPDATE dff_user SET username = @Username, passwordHash = @PasswordHash, name = @Name, mobile = @Mobile, email = @Email, roles = @Roles,
                          customPrivileges = @CustomPrivileges, isDisabled = @IsDisabled, searchText = @searchText, updateTime = @now WHERE id = @Id
                        """,
                        Parameters(after),
                        transaction);
                    if (MayDoAll(before) && !MayDoAll(after)) await RequireSuperAdminAsync(connection, transaction);
                    if (after.PasswordHash != before.PasswordHash || (before.IsDisabled && !after.IsDisabled))
                        sequence = await EndSessionsAsync(connection, transaction, id, keptToken) ?? sequence;
                    return sequence;
                },
                cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            throw new DuplicateKeyException(id);
        }
    }

    /// <summary>Deletes a user with sessions and access keys.</summary>
    /// <param name="check">What it throws is the outcome, and nothing is changed.</param>
    /// <returns>The number of the change; null where there is no such user.</returns>
    /// <exception cref="LastSuperAdminException">Nobody would be left.</exception>
    public Task<long?> DeleteAsync(string id, Action<UserRow> check, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
        {
            var sequence = await changes.AppendAsync(connection, transaction, Kind, id);
            if (await FindAsync(connection, transaction, id) is not { } user) return null;
            check(user);
            await connection.ExecuteAsync("DELETE FROM dff_user WHERE id = @id", new { id }, transaction);
            if (MayDoAll(user)) await RequireSuperAdminAsync(connection, transaction);
            sequence = await EndSessionsAsync(connection, transaction, id, keptToken: null) ?? sequence;
            foreach (var key in await connection.QueryAsync<string>("SELECT id FROM access_key WHERE userId = @id", new { id }, transaction))
                sequence = await changes.AppendAsync(connection, transaction, "accessKey", key);
            await connection.ExecuteAsync("DELETE FROM access_key WHERE userId = @id", new { id }, transaction);
            return sequence;
        },
        cancellationToken);

    private static Task<UserRow?> FindAsync(DbConnection connection, DbTransaction transaction, string id) =>
        connection.QueryFirstOrDefaultAsync<UserRow>($"SELECT {Columns} FROM dff_user WHERE id = @id", new { id }, transaction);

    private async Task<long> InsertAsync(DbConnection connection, DbTransaction transaction, UserRow user)
    {
        var sequence = await changes.AppendAsync(connection, transaction, Kind, user.Id);
        await connection.ExecuteAsync(
            """
            INSERT INTO dff_user (id, username, passwordHash, name, mobile, email, markers, roles, customPrivileges, isDisabled, searchText, createTime, updateTime)
            VALUES (@Id, @Username, @PasswordHash, @Name, @Mobile, @Email, @Markers, @Roles, @CustomPrivileges, @IsDisabled, @searchText, @now, @now)
            """,
            Parameters(user),
            transaction);
        return sequence;
    }

    private async Task<long?> EndSessionsAsync(DbConnection connection, DbTransaction transaction, string userId, string? keptToken)
    {
        long? last = null;
        var tokens = (await connection.QueryAsync<string>("SELECT tokenHash FROM user_session WHERE userId = @userId", new { userId }, transaction)).Where(token => token != keptToken).ToList();
        foreach (var tokenHash in tokens)
        {
            await connection.ExecuteAsync("DELETE FROM user_session WHERE tokenHash = @tokenHash", new { tokenHash }, transaction);
            last = await changes.AppendAsync(connection, transaction, "session", tokenHash);
        }

        return last;
    }

    private static async Task RequireSuperAdminAsync(DbConnection connection, DbTransaction transaction)
    {
        var users = await connection.QueryAsync<UserRow>($"SELECT {Columns} FROM dff_user WHERE isDisabled = 0", transaction: transaction);
        if (!users.Any(MayDoAll)) throw new LastSuperAdminException();
    }

    private static bool MayDoAll(UserRow user) => !user.IsDisabled && user.Roles?.Split(',').Contains(SuperAdmin) == true;

    private DynamicParameters Parameters(UserRow user) =>
        new DynamicParameters(user).With("searchText", SearchText.Of(user.Id, user.Username, user.Name, user.Mobile, user.Email)).With("now", time.GetUtcNow());
}

/// <summary>The change would leave no enabled user who may do everything.</summary>
public sealed class LastSuperAdminException() : Exception("no enabled user with the role sa would be left");
