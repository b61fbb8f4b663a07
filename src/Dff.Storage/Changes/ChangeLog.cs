using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Tasks;

namespace Dff.Storage.Changes;

public sealed record ChangeRow(long Seq, string Kind, string EntityKey);

/// <param name="IsComplete">False: older changes have been pruned, so what is remembered must be read anew.</param>
public sealed record ChangeBatch(bool IsComplete, IReadOnlyList<ChangeRow> Entries);

/// <summary>
/// What was changed, in the order of commits: the number comes from a row that every change updates in its own transaction, so a later number is never
/// visible before an earlier one.
/// </summary>
public sealed class ChangeLog(StoreDatabase database, TimeProvider time)
{
    private const int Kept = 10_000;

    /// <summary>Appends inside the transaction of the change.</summary>
    public async Task<long> AppendAsync(DbConnection connection, DbTransaction transaction, string kind, string entityKey)
    {
        await connection.ExecuteAsync("UPDATE change_counter SET seq = seq + 1 WHERE id = 1", transaction: transaction);
        var seq = await connection.ExecuteScalarAsync<long>("SELECT seq FROM change_counter WHERE id = 1", transaction: transaction);
        await connection.ExecuteAsync(
            "INSERT INTO change_log (seq, kind, entityKey, createTime) VALUES (@seq, @kind, @entityKey, @now)",
            new { seq, kind, entityKey, now = time.GetUtcNow() },
            transaction);
        if (seq % 100 == 0) await connection.ExecuteAsync("DELETE FROM change_log WHERE seq <= @last", new { last = seq - Kept }, transaction);
        return seq;
    }

    /// <summary>Appends many changes inside their transaction, so that they are seen together.</summary>
    /// <returns>The number of the last one.</returns>
    public async Task<long> AppendAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<(string Kind, string EntityKey)> changes)
    {
        await connection.ExecuteAsync("UPDATE change_counter SET seq = seq + @count WHERE id = 1", new { count = changes.Count }, transaction);
        var last = await connection.ExecuteScalarAsync<long>("SELECT seq FROM change_counter WHERE id = 1", transaction: transaction);
        var (first, now) = (last - changes.Count + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        await new RowBatch(connection, transaction, database.IsSqlite).InsertAsync(
            "change_log", "seq, kind, entityKey, createTime", [.. changes.Select((change, index) => new object?[] { first + index, change.Kind, change.EntityKey, now })]);
        if (first / 100 != last / 100) await connection.ExecuteAsync("DELETE FROM change_log WHERE seq <= @until", new { until = last - Kept }, transaction);
        return last;
    }

    public Task<long> CurrentAsync(CancellationToken cancellationToken) =>
        database.QueryFirstAsync<long>("SELECT seq FROM change_counter WHERE id = 1", null, cancellationToken);

    public async Task<ChangeBatch> ReadSinceAsync(long seq, CancellationToken cancellationToken)
    {
        var entries = await database.QueryAsync<ChangeRow>(
            "SELECT seq AS Seq, kind AS Kind, entityKey AS EntityKey FROM change_log WHERE seq > @seq ORDER BY seq", new { seq }, cancellationToken);
        if (entries.Count > 0) return new ChangeBatch(entries[0].Seq == seq + 1, entries);
        // A counter behind what we know: the database was put back to an older state. One beyond it: a change came between the two questions.
        return new ChangeBatch(await CurrentAsync(cancellationToken) >= seq, entries);
    }
}
