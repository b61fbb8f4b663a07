using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Packages;

/// <summary>What was exported and imported, and what imports have left to be done.</summary>
public sealed class PackageHistoryRepository(StoreDatabase database, TimeProvider time)
{
    private static readonly ListDefinition Exports = Define("script_set_export_history", "");

    private static readonly ListDefinition Imports = Define(
        "script_set_import_history", ", h.failuresJSON, CASE WHEN EXISTS (SELECT 1 FROM import_follow_up f WHERE f.importId = h.id) THEN 'inProgress' ELSE 'done' END AS Status");

    public Task<ListResult<ExportHistoryRow>> ListExportsAsync(ListQuery query, CancellationToken cancellationToken) => Exports.RunAsync<ExportHistoryRow>(database, query, cancellationToken);

    public Task<ListResult<ImportHistoryRow>> ListImportsAsync(ListQuery query, CancellationToken cancellationToken) => Imports.RunAsync<ImportHistoryRow>(database, query, cancellationToken);

    public Task AddExportAsync(string? note, RawJson summary, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync(
            """
            INSERT INTO script_set_export_history (id, note, summaryJSON, searchText, createTime, updateTime) VALUES (@id, @note, @summary, @searchText, @now, @now)
            """,
            Values(ShortId.New("sseh"), note, summary),
            transaction),
        cancellationToken);

    /// <summary>In the transaction of the import.</summary>
    public Task AddImportAsync(DbConnection connection, DbTransaction transaction, string id, string? note, RawJson summary) => connection.ExecuteAsync(
        """
        INSERT INTO script_set_import_history (id, note, summaryJSON, failuresJSON, searchText, createTime, updateTime) VALUES (@id, @note, @summary, '[]', @searchText, @now, @now)
        """,
        Values(id, note, summary),
        transaction);

    /// <summary>In the transaction of the import.</summary>
    public static Task AddFollowUpsAsync(DbConnection connection, DbTransaction transaction, IEnumerable<FollowUpRow> rows) =>
        connection.ExecuteAsync("INSERT INTO import_follow_up (importId, part, entityId, rowJSON) VALUES (@ImportId, @Part, @EntityId, @RowJSON)", rows, transaction);

    public Task<IReadOnlyList<FollowUpRow>> GetFollowUpsAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<FollowUpRow>("SELECT seq, importId, part, entityId, rowJSON FROM import_follow_up ORDER BY seq", null, cancellationToken);

    /// <summary>It is done, or can never be.</summary>
    /// <param name="failure">JSON object; null: it is done.</param>
    public Task FinishAsync(FollowUpRow row, RawJson? failure, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var deleted = await connection.ExecuteAsync("DELETE FROM import_follow_up WHERE seq = @Seq", row, transaction);
            if (deleted == 0 || failure is not { } what) return deleted;
            var known = await connection.QueryFirstOrDefaultAsync<string>("SELECT failuresJSON FROM script_set_import_history WHERE id = @ImportId", row, transaction);
            if (known is null) return deleted;
            var failures = known == "[]" ? $"[{what.Text}]" : $"{known[..^1]},{what.Text}]";
            return await connection.ExecuteAsync(
                "UPDATE script_set_import_history SET failuresJSON = @failures, updateTime = @now WHERE id = @ImportId", new { failures, now = time.GetUtcNow(), row.ImportId }, transaction);
        },
        cancellationToken);

    public async Task TrimAsync(int keptExports, int keptImports, CancellationToken cancellationToken)
    {
        foreach (var (table, kept) in ((string, int)[])[("script_set_export_history", keptExports), ("script_set_import_history", keptImports)])
        {
            var last = await database.QueryFirstAsync<long?>($"SELECT seq FROM {table} ORDER BY seq DESC LIMIT 1 OFFSET @kept", new { kept }, cancellationToken);
            if (last is null) continue;
            await database.WriteAsync((connection, transaction) => connection.ExecuteAsync($"DELETE FROM {table} WHERE seq <= @last", new { last }, transaction), cancellationToken);
        }
    }

    private object Values(string id, string? note, RawJson summary) => new { id, note, summary, searchText = SearchText.Of(id, note, summary.Text), now = time.GetUtcNow() };

    private static ListDefinition Define(string table, string more) => new()
    {
        Columns = $"h.seq, h.id, h.note, h.summaryJSON, h.createTime, h.updateTime{more}",
        From = $"{table} h",
        CountFrom = $"{table} h",
        Filters = new Dictionary<string, string> { ["id"] = "h.id" },
        Sorts = new Dictionary<string, string> { ["seq"] = "h.seq" },
        SearchText = "h.searchText",
    };
}
