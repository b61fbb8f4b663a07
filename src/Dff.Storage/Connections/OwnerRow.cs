using System.Data.Common;
using Dapper;

namespace Dff.Storage.Connections;

/// <summary>The one row that says which node uses the database alone. Times are the server's, so that nodes' clocks do not matter.</summary>
public sealed class OwnerRow(StoreDatabase database, string owner, string token)
{
    /// <summary>A row that was not renewed for so long belongs to nobody.</summary>
    private const int ExpiresAfterMilliseconds = 20_000;

    private const string Now = "(UNIX_TIMESTAMP(NOW(3)) * 1000)";

    /// <returns>null: it is ours; else who has it.</returns>
    public async Task<string?> TryTakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(TakeAsync, cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            return "a node that started at the same moment";
        }
    }

    public Task RenewAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync($"UPDATE silo_owner SET renewTime = {Now} WHERE id = 1 AND token = @token", new { token }, transaction), cancellationToken);

    public Task ReleaseAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync("DELETE FROM silo_owner WHERE id = 1 AND token = @token", new { token }, transaction), cancellationToken);

    private async Task<string?> TakeAsync(DbConnection connection, DbTransaction transaction)
    {
        await connection.ExecuteAsync($"DELETE FROM silo_owner WHERE renewTime < {Now} - {ExpiresAfterMilliseconds}", transaction: transaction);
        var other = await connection.QueryFirstOrDefaultAsync<string>("SELECT owner FROM silo_owner WHERE id = 1 FOR UPDATE", transaction: transaction);
        if (other is not null) return other;
        await connection.ExecuteAsync($"INSERT INTO silo_owner (id, owner, token, renewTime) VALUES (1, @owner, @token, {Now})", new { owner, token }, transaction);
        return null;
    }
}
