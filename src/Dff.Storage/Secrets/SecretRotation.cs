using Dapper;
using Dff.Storage.AccessKeys;
using Dff.Storage.ApiAuths;
using Dff.Storage.Connections;
using Dff.Storage.DataSources;

namespace Dff.Storage.Secrets;

/// <summary>Seals everything anew that a former SECRET has sealed. A column that holds sealed values stands here.</summary>
public sealed class SecretRotation(StoreDatabase database, SecretBox box)
{
    private static readonly (string Table, string Column, Func<string, string> PlaceOf)[] Sealed =
    [
        ("access_key", "sealedSecret", AccessKeyRow.PlaceOf),
        ("api_auth", "configJSON", ApiAuthRow.PlaceOf),
        ("data_source", "sealedSecrets", DataSourceRow.PlaceOf),
    ];

    /// <summary>All or nothing, with the entry of <c>meta</c> that tells which SECRET the store belongs to.</summary>
    /// <returns>How many values were sealed anew.</returns>
    /// <exception cref="StoreException">A value opens with none of the secrets; nothing was changed.</exception>
    public Task<int> RunAsync(string metaKey, string fingerprint, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var count = 0;
            foreach (var (table, column, placeOf) in Sealed)
            {
                var sql = $"SELECT id, {column} AS Text FROM {table} WHERE {column} IS NOT NULL{(database.IsSqlite ? "" : " FOR UPDATE")}";
                foreach (var (id, text) in (await connection.QueryAsync<(string, string)>(sql, transaction: transaction)).Where(row => box.IsOld(row.Item2)).ToList())
                {
                    var place = placeOf(id);
                    await connection.ExecuteAsync($"UPDATE {table} SET {column} = @text WHERE id = @id", new { text = box.Seal(box.Open(text, place), place), id }, transaction);
                    count++;
                }
            }

            await connection.ExecuteAsync("UPDATE meta SET metaValue = @fingerprint WHERE metaKey = @metaKey", new { fingerprint, metaKey }, transaction);
            return count;
        },
        cancellationToken);
}
