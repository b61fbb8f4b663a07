using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.Packages;

/// <summary>Checked packages that wait to be confirmed, in the store, so that any node can carry them out.</summary>
public sealed class PendingImportRepository(StoreDatabase database, StoredContent contents, TimeProvider time)
{
    public Task AddAsync(PendingImportRow row, byte[] content, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync("INSERT INTO pending_import (id, userId, expireTime) VALUES (@Id, @UserId, @ExpireTime)", row, transaction);
            await contents.WriteAsync(connection, transaction, row.Id, content);
            return true;
        },
        cancellationToken);

    public Task<PendingImportRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<PendingImportRow>("SELECT id, userId, expireTime FROM pending_import WHERE id = @id", new { id }, cancellationToken);

    /// <summary>In the transaction of the import, which nobody else can carry out then.</summary>
    /// <returns>False: it is gone.</returns>
    public static async Task<bool> TakeAsync(DbConnection connection, DbTransaction transaction, string id)
    {
        if (await connection.ExecuteAsync("DELETE FROM pending_import WHERE id = @id", new { id }, transaction) == 0) return false;
        await StoredContent.DeleteAsync(connection, transaction, [id]);
        return true;
    }

    /// <summary>Deletes those that can no longer be confirmed.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        var expired = await database.QueryAsync<string>("SELECT id FROM pending_import WHERE expireTime < @now", new { now = time.GetUtcNow() }, cancellationToken);
        foreach (var id in expired) await database.WriteAsync((connection, transaction) => TakeAsync(connection, transaction, id), cancellationToken);
    }
}
