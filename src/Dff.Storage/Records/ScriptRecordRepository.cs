using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;

namespace Dff.Storage.Records;

/// <summary>What functions printed and how they failed.</summary>
public sealed class ScriptRecordRepository(StoreDatabase database)
{
    private const int MostDeleted = 5_000;

    /// <summary>Characters of a text that a fuzzy search looks through.</summary>
    private const string MostSearched = "4000";

    private const string Joined = $"r.seq, r.id, r.taskId, r.funcId, r.scriptPublishVersion, r.execMode, r.createTime, r.updateTime, {FunctionJoin.Columns}";

    private static readonly ListDefinition Logs = List("script_log", "r.messageTEXT");
    private static readonly ListDefinition Failures = List("script_failure", "r.einfoTEXT, r.exception, r.traceInfoJSON, r.note");

    public Task<ListResult<ScriptLogRow>> ListLogsAsync(ListQuery query, CancellationToken cancellationToken) => Logs.RunAsync<ScriptLogRow>(database, query, cancellationToken);

    public Task<ListResult<ScriptFailureRow>> ListFailuresAsync(ListQuery query, CancellationToken cancellationToken) => Failures.RunAsync<ScriptFailureRow>(database, query, cancellationToken);

    /// <summary>All of it in one transaction.</summary>
    public Task AddAsync(IReadOnlyList<ScriptRecordRow> records, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var rows = new RowBatch(connection, transaction, database.IsSqlite);
            await rows.InsertAsync(
                "script_log", "id, taskId, funcId, scriptPublishVersion, execMode, createTime, updateTime, messageTEXT",
                [.. records.OfType<ScriptLogRow>().Select(row => (object?[])[.. Values(row), row.MessageTEXT])]);
            await rows.InsertAsync(
                "script_failure", "id, taskId, funcId, scriptPublishVersion, execMode, createTime, updateTime, einfoTEXT, exception, traceInfoJSON",
                [.. records.OfType<ScriptFailureRow>().Select(row => (object?[])[.. Values(row), row.EinfoTEXT, row.Exception, row.TraceInfoJSON?.Text])]);
            return records.Count;
        },
        cancellationToken);

    /// <summary>Deletes the oldest beyond the numbers that are kept.</summary>
    public async Task TrimAsync(int keptLogs, int keptFailures, CancellationToken cancellationToken)
    {
        await TrimAsync("script_log", keptLogs, cancellationToken);
        await TrimAsync("script_failure", keptFailures, cancellationToken);
    }

    private async Task TrimAsync(string table, int kept, CancellationToken cancellationToken)
    {
        var last = await database.QueryFirstAsync<long?>($"SELECT seq FROM {table} ORDER BY seq DESC LIMIT 1 OFFSET @kept", new { kept }, cancellationToken);
        while (last is not null)
        {
            var some = await database.QueryAsync<long>($"SELECT seq FROM {table} WHERE seq <= @last ORDER BY seq LIMIT {MostDeleted}", new { last }, cancellationToken);
            if (some.Count == 0) return;
            await database.WriteAsync(
                (connection, transaction) => connection.ExecuteAsync($"DELETE FROM {table} WHERE seq <= @until", new { until = some[^1] }, transaction), cancellationToken);
        }
    }

    private static object?[] Values(ScriptRecordRow row) =>
        [row.Id, row.TaskId, row.FuncId, row.ScriptPublishVersion, row.ExecMode, row.CreateTime.ToUnixTimeMilliseconds(), row.UpdateTime.ToUnixTimeMilliseconds()];

    private static ListDefinition List(string table, string columns) => new()
    {
        Columns = $"{columns}, {Joined}",
        From = $"{table} r {FunctionJoin.On("r.funcId")}",
        CountFrom = $"{table} r",
        Filters = new Dictionary<string, string> { ["id"] = "r.id", ["funcId"] = "r.funcId", ["taskId"] = "r.taskId", ["execMode"] = "r.execMode" },
        Sorts = new Dictionary<string, string> { ["seq"] = "r.seq" },
        SearchText = table == "script_log" ? $"LOWER(CONCAT_WS(' ', r.id, r.funcId, SUBSTR(r.messageTEXT, 1, {MostSearched})))" : $"LOWER(CONCAT_WS(' ', r.id, r.funcId, r.exception, SUBSTR(r.einfoTEXT, 1, {MostSearched})))",
    };
}
