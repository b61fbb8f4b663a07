using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.GrainStates;

/// <summary>The stored state of a grain.</summary>
public sealed record GrainStateRow
{
    public required string GrainKey { get; init; }

    /// <summary>As Orleans' serializer wrote it; null: it was cleared.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>Its ETag.</summary>
    public required long Version { get; init; }
}

/// <summary>
/// The states of grains as rows, for changes of many grains in one transaction. Orleans' provider compares versions, so a grain that has read an older state
/// cannot write over what is written here; it has to be told to read again (<see cref="Changes.ChangeLog"/>, kind <c>grainState</c>).
/// </summary>
public sealed class GrainStateRows(StoreDatabase database)
{
    private const string Columns = "GrainIdExtensionString AS GrainKey, PayloadBinary AS Payload, Version";

    // Keys are text, whatever they look like; the two numbers stand in the primary key all the same.
    private const string Mine = "ServiceId = 'dff' AND GrainTypeString = @kind AND GrainIdN0 = 0 AND GrainIdN1 = 0";
    private const string One = $"{Mine} AND GrainIdExtensionString = @key";

    /// <summary>Whoever writes one of them waits until the transaction ends.</summary>
    /// <param name="kind">Name of the state, like <c>script</c>.</param>
    public async Task<IReadOnlyList<GrainStateRow>> LockAllAsync(DbConnection connection, DbTransaction transaction, string kind) =>
        [.. await connection.QueryAsync<GrainStateRow>($"SELECT {Columns} FROM OrleansStorage WHERE {Mine}{ForUpdate}", new { kind }, transaction)];

    public Task<IReadOnlyList<GrainStateRow>> LockAsync(DbConnection connection, DbTransaction transaction, string kind, IReadOnlyCollection<string> keys) =>
        ReadAsync(connection, transaction, kind, keys, ForUpdate);

    public Task<IReadOnlyList<GrainStateRow>> ReadAsync(DbConnection connection, DbTransaction transaction, string kind, IReadOnlyCollection<string> keys) =>
        ReadAsync(connection, transaction, kind, keys, "");

    /// <param name="from">The first key.</param>
    /// <param name="before">The first key after the last one.</param>
    public async Task<IReadOnlyList<GrainStateRow>> ReadAsync(DbConnection connection, DbTransaction transaction, string kind, string from, string before) =>
    [
        .. await connection.QueryAsync<GrainStateRow>(
            $"SELECT {Columns} FROM OrleansStorage WHERE {Mine} AND GrainIdExtensionString >= @from AND GrainIdExtensionString < @before", new { kind, from, before }, transaction),
    ];

    /// <param name="payload">Null clears the state.</param>
    /// <param name="storedVersion">Null: the grain has never had one.</param>
    /// <returns>The new version.</returns>
    public async Task<long> WriteAsync(DbConnection connection, DbTransaction transaction, string kind, string key, byte[]? payload, long? storedVersion)
    {
        var now = database.IsSqlite ? "datetime('now')" : "UTC_TIMESTAMP(6)";
        // The providers find rows by their key; the hashes are theirs to fill and nobody's to read.
        var sql = storedVersion is null
            ? $"""
              INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainTypeHash, GrainIdHash, PayloadBinary, ModifiedOn, Version)
              VALUES ('dff', @kind, 0, 0, @key, 0, 0, @payload, {now}, 1)
              """
            : $"UPDATE OrleansStorage SET PayloadBinary = @payload, ModifiedOn = {now}, Version = Version + 1 WHERE {One} AND Version = @storedVersion";
        var parameters = new DynamicParameters(new { kind, key, storedVersion });
        parameters.Add("payload", payload, System.Data.DbType.Binary);
        if (await connection.ExecuteAsync(sql, parameters, transaction) != 1) throw new InvalidOperationException($"the state of {kind} {key} is not at version {storedVersion} any more");
        return (storedVersion ?? 0) + 1;
    }

    private string ForUpdate => database.IsSqlite ? "" : " FOR UPDATE";

    private static async Task<IReadOnlyList<GrainStateRow>> ReadAsync(DbConnection connection, DbTransaction transaction, string kind, IReadOnlyCollection<string> keys, string lockClause)
    {
        var rows = new List<GrainStateRow>();
        foreach (var key in keys)
        {
            var stored = await connection.QueryFirstOrDefaultAsync<GrainStateRow>($"SELECT {Columns} FROM OrleansStorage WHERE {One}{lockClause}", new { kind, key }, transaction);
            if (stored is not null) rows.Add(stored);
        }

        return rows;
    }
}
