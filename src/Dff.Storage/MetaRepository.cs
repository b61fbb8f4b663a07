using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage;

/// <summary>Facts of the whole installation by name.</summary>
public sealed class MetaRepository(StoreDatabase database)
{
    public Task<string?> GetAsync(string key, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<string>("SELECT metaValue FROM meta WHERE metaKey = @key", new { key }, cancellationToken);

    /// <returns>What is stored afterwards: the given value, or the one that was there first.</returns>
    public async Task<string> GetOrAddAsync(string key, string value, CancellationToken cancellationToken)
    {
        if (await GetAsync(key, cancellationToken) is { } stored) return stored;
        try
        {
            return await database.WriteAsync(
                async (connection, transaction) =>
                {
                    await connection.ExecuteAsync("INSERT INTO meta (metaKey, metaValue) VALUES (@key, @value)", new { key, value }, transaction);
                    return value;
                },
                cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            return await GetAsync(key, cancellationToken) ?? throw new StoreException($"the entry {key} of meta vanished");
        }
    }
}
