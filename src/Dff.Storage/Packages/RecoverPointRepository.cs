using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Packages;

public sealed class RecoverPointRepository(StoreDatabase database, StoredContent contents, TimeProvider time)
{
    private const string Columns = "r.seq, r.id, r.type, r.note, r.summaryJSON, r.createTime, r.updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "script_recover_point r",
        CountFrom = "script_recover_point r",
        Filters = new Dictionary<string, string> { ["id"] = "r.id", ["type"] = "r.type", ["note"] = "r.note" },
        Sorts = new Dictionary<string, string> { ["seq"] = "r.seq" },
        SearchText = "r.searchText",
    };

    public Task<ListResult<RecoverPointRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<RecoverPointRow>(database, query, cancellationToken);

    public Task<RecoverPointRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<RecoverPointRow>($"SELECT {Columns} FROM script_recover_point r WHERE r.id = @id", new { id }, cancellationToken);

    public Task<byte[]> ReadDumpAsync(string id, CancellationToken cancellationToken) => contents.ReadAsync(id, cancellationToken);

    /// <summary>In the transaction that has read, or is about to change, what is dumped.</summary>
    public async Task AddAsync(DbConnection connection, DbTransaction transaction, RecoverPointRow row, byte[] dump)
    {
        await connection.ExecuteAsync(
            "INSERT INTO script_recover_point (id, type, note, summaryJSON, searchText, createTime, updateTime) VALUES (@Id, @Type, @Note, @SummaryJSON, @searchText, @now, @now)",
            new { row.Id, row.Type, row.Note, row.SummaryJSON, searchText = SearchText.Of(row.Id, row.Note), now = time.GetUtcNow() },
            transaction);
        await contents.WriteAsync(connection, transaction, row.Id, dump);
    }

    /// <summary>Deletes the oldest beyond <paramref name="kept"/>.</summary>
    public async Task TrimAsync(int kept, CancellationToken cancellationToken)
    {
        var last = await database.QueryFirstAsync<long?>("SELECT seq FROM script_recover_point ORDER BY seq DESC LIMIT 1 OFFSET @kept", new { kept }, cancellationToken);
        while (last is not null)
        {
            var old = await database.QueryAsync<string>("SELECT id FROM script_recover_point WHERE seq <= @last ORDER BY seq LIMIT 50", new { last }, cancellationToken);
            if (old.Count == 0) return;
            await database.WriteAsync(
                async (connection, transaction) =>
                {
                    await StoredContent.DeleteAsync(connection, transaction, old);
                    return await connection.ExecuteAsync("DELETE FROM script_recover_point WHERE id IN @old", new { old }, transaction);
                },
                cancellationToken);
        }
    }
}
