using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.FuncStore;

/// <summary>Durable JSON values of scripts. Expired ones are gone for readers at once, and deleted by later writes.</summary>
public sealed class FuncStoreRepository(StoreDatabase database, TimeProvider time)
{
    private const int TrimmedPerWrite = 20;
    private const string Columns = "seq, scope, storeKey, valueJSON, expireAt AS ExpireTime, createTime, updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "func_store",
        CountFrom = "func_store",
        Filters = new Dictionary<string, string> { ["id"] = $"CONCAT('{FuncStoreRow.IdPrefix}', seq)", ["scope"] = "scope", ["key"] = "storeKey" },
        RangeFilters = new Dictionary<string, string> { ["expireAfter"] = $"COALESCE(expireAt, {long.MaxValue}) > " },
        Sorts = new Dictionary<string, string> { ["seq"] = "seq", ["scope"] = "scope", ["key"] = "storeKey", ["createTime"] = "createTime", ["updateTime"] = "updateTime" },
        SearchText = "LOWER(CONCAT_WS(' ', scope, storeKey))",
    };

    public Task<ListResult<FuncStoreRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<FuncStoreRow>(
        database,
        query with { Filters = [new ListFilter("expireAfter", [time.GetUtcNow().ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture)]), .. query.Filters] },
        cancellationToken);

    public Task<FuncStoreRow?> FindAsync(long seq, CancellationToken cancellationToken) => database.QueryFirstAsync<FuncStoreRow>(
        $"SELECT {Columns} FROM func_store WHERE seq = @seq AND (expireAt IS NULL OR expireAt > @now)", new { seq, now = time.GetUtcNow() }, cancellationToken);

    /// <returns>Whether there was one.</returns>
    public Task<bool> DeleteAsync(long seq, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) => await connection.ExecuteAsync("DELETE FROM func_store WHERE seq = @seq", new { seq }, transaction) > 0, cancellationToken);

    /// <returns>JSON text; null where there is none.</returns>
    public Task<string?> GetAsync(string scope, string key, CancellationToken cancellationToken) => database.QueryFirstAsync<string>(
        "SELECT valueJSON FROM func_store WHERE scope = @scope AND storeKey = @key AND (expireAt IS NULL OR expireAt > @now)",
        new { scope, key, now = time.GetUtcNow() },
        cancellationToken);

    /// <param name="expireSeconds">null: kept until deleted.</param>
    /// <param name="notExists">True: an existing value stays.</param>
    /// <returns>Whether it was stored.</returns>
    public Task<bool> SetAsync(string scope, string key, string valueJson, double? expireSeconds, bool notExists, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var now = time.GetUtcNow();
            DateTimeOffset? expireAt = expireSeconds is { } seconds ? now.AddSeconds(seconds) : null;
            var place = new { scope, key, valueJson, expireAt, now };
            foreach (var expired in await connection.QueryAsync<long>($"SELECT seq FROM func_store WHERE expireAt <= @now ORDER BY expireAt LIMIT {TrimmedPerWrite}", new { now }, transaction))
                await connection.ExecuteAsync("DELETE FROM func_store WHERE seq = @expired", new { expired }, transaction);
            await connection.ExecuteAsync("DELETE FROM func_store WHERE scope = @scope AND storeKey = @key AND expireAt <= @now", place, transaction);
            var exists = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM func_store WHERE scope = @scope AND storeKey = @key", place, transaction) > 0;
            if (exists && notExists) return false;
            await connection.ExecuteAsync(
                exists
                    ? "UPDATE func_store SET valueJSON = @valueJson, expireAt = @expireAt, updateTime = @now WHERE scope = @scope AND storeKey = @key"
                    : "INSERT INTO func_store (scope, storeKey, valueJSON, expireAt, createTime, updateTime) VALUES (@scope, @key, @valueJson, @expireAt, @now, @now)",
                place,
                transaction);
            return true;
        },
        cancellationToken);

    public Task<bool> DeleteAsync(string scope, string key, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
            await connection.ExecuteAsync("DELETE FROM func_store WHERE scope = @scope AND storeKey = @key", new { scope, key }, transaction) > 0,
        cancellationToken);
}
