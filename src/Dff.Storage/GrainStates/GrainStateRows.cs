using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.GrainStates;

/// <summary>The stored state of a grain.</summary>
/// <param name="Payload">As Orleans' serializer wrote it; null: it was cleared.</param>
/// <param name="Version">Its ETag.</param>
public sealed record GrainStateRow(string Key, byte[]? Payload, long Version);

/// <summary>
/// The states of grains as rows, for changes of many grains in one transaction. Orleans' provider compares versions, so a grain that has read an older state
/// cannot write over what is written here; it has to be told to read again (<see cref="Changes.ChangeLog"/>, kind <c>grainState</c>).
/// </summary>
public sealed class GrainStateRows(StoreDatabase database)
{
    private const string Columns = "GrainIdN0 AS N0, GrainIdN1 AS N1, GrainIdExtensionString AS Text, PayloadBinary AS Payload, Version";
    private const string Mine = "ServiceId = 'dff' AND GrainTypeString = @kind";
    private const string One = $"{Mine} AND GrainIdN0 = @N0 AND GrainIdN1 = @N1 AND GrainIdExtensionString = @Text";

    /// <summary>Whoever writes one of them waits until the transaction ends.</summary>
    /// <param name="kind">Name of the state, like <c>script</c>.</param>
    /// <param name="known">Keys that there may be: those that the provider takes for numbers cannot be told from what it stores.</param>
    public async Task<IReadOnlyList<GrainStateRow>> LockAllAsync(DbConnection connection, DbTransaction transaction, string kind, IEnumerable<string> known)
    {
        var names = known.Distinct(StringComparer.Ordinal).Select(key => (Key: GrainStateKey.Of(key), Name: key)).Where(entry => !entry.Key.IsText).ToLookup(entry => entry.Key, entry => entry.Name);
        var stored = await connection.QueryAsync<Stored>($"SELECT {Columns} FROM OrleansStorage WHERE {Mine}{ForUpdate}", new { kind }, transaction);
        return [.. stored.Select(row => (Row: row, Name: row.Key.IsText ? row.Text : names[row.Key].FirstOrDefault())).Where(entry => entry.Name is not null).Select(entry => Of(entry.Row, entry.Name!))];
    }

    public Task<IReadOnlyList<GrainStateRow>> LockAsync(DbConnection connection, DbTransaction transaction, string kind, IReadOnlyCollection<string> keys) =>
        ReadAsync(connection, transaction, kind, keys, ForUpdate);

    public Task<IReadOnlyList<GrainStateRow>> ReadAsync(DbConnection connection, DbTransaction transaction, string kind, IReadOnlyCollection<string> keys) =>
        ReadAsync(connection, transaction, kind, keys, "");

    /// <summary>Of keys that are text for the provider.</summary>
    /// <param name="from">The first key.</param>
    /// <param name="before">The first key after the last one.</param>
    public async Task<IReadOnlyList<GrainStateRow>> ReadAsync(DbConnection connection, DbTransaction transaction, string kind, string from, string before) =>
    [
        .. (await connection.QueryAsync<Stored>(
            $"SELECT {Columns} FROM OrleansStorage WHERE {Mine} AND GrainIdN0 = 0 AND GrainIdN1 = 0 AND GrainIdExtensionString >= @from AND GrainIdExtensionString < @before",
            new { kind, from, before },
            transaction)).Select(row => Of(row, row.Text)),
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
              VALUES ('dff', @kind, @N0, @N1, @Text, 0, 0, @payload, {now}, 1)
              """
            : $"UPDATE OrleansStorage SET PayloadBinary = @payload, ModifiedOn = {now}, Version = Version + 1 WHERE {One} AND Version = @storedVersion";
        var (n0, n1, text) = GrainStateKey.Of(key);
        var parameters = new DynamicParameters(new { kind, N0 = n0, N1 = n1, Text = text, storedVersion });
        parameters.Add("payload", payload, System.Data.DbType.Binary);
        if (await connection.ExecuteAsync(sql, parameters, transaction) != 1) throw new InvalidOperationException($"the state of {kind} {key} is not at version {storedVersion} any more");
        return (storedVersion ?? 0) + 1;
    }

    private string ForUpdate => database.IsSqlite ? "" : " FOR UPDATE";

    private static GrainStateRow Of(Stored row, string key) => new(key, row.Payload, row.Version);

    private static async Task<IReadOnlyList<GrainStateRow>> ReadAsync(DbConnection connection, DbTransaction transaction, string kind, IReadOnlyCollection<string> keys, string lockClause)
    {
        var rows = new List<GrainStateRow>();
        foreach (var key in keys)
        {
            var (n0, n1, text) = GrainStateKey.Of(key);
            var stored = await connection.QueryFirstOrDefaultAsync<Stored>($"SELECT {Columns} FROM OrleansStorage WHERE {One}{lockClause}", new { kind, N0 = n0, N1 = n1, Text = text }, transaction);
            if (stored is not null) rows.Add(Of(stored, key));
        }

        return rows;
    }

    private sealed record Stored
    {
        public long N0 { get; init; }

        public long N1 { get; init; }

        public string Text { get; init; } = "";

        public byte[]? Payload { get; init; }

        public long Version { get; init; }

        public GrainStateKey Key => new(N0, N1, Text);
    }
}
