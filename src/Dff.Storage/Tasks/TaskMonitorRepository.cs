using Dff.Abstractions.Tasks;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Tasks;

/// <summary>Tasks of all queues and origins, for those who look after the system.</summary>
public sealed class TaskMonitorRepository(StoreDatabase database)
{
    /// <summary>Of all queues, by the index of each.</summary>
    private const string IsOpen = "isOpen = 1 AND queue IN @queues";

    /// <summary>In the order of their keys, but not by walking over them: those that finished are many more.</summary>
    private const string BySeq = "seq + 0";

    private const int MostWaiting = 1000;
    private const int MostRecent = 100;
    private const int LongestListed = 64 * 1024;
    private const string MonitorColumns = "id, funcId AS Task, queue, origin, originId, execMode, status AS TaskStatus, priority, attempt, queueTime, dueTime, startTime, endTime, einfoTEXT";

    private const string ResultColumns =
        $"""
        t.seq, t.id, t.funcId, t.origin, t.originId, t.execMode AS StoredExecMode, t.startTime AS BeginTime, t.endTime AS FinishTime, t.kwargsJSON, t.status AS TaskStatus, t.einfoTEXT,
        t.queueTime AS CreateTime, COALESCE(t.endTime, t.queueTime) AS UpdateTime, {FunctionJoin.Columns}
        """;

    private static readonly string ResultTables = $"task t LEFT JOIN task_result r ON r.id = t.id {FunctionJoin.On("t.funcId")}";

    private static readonly ListDefinition Results = new()
    {
        Columns = $"CASE WHEN LENGTH(r.raw) <= {LongestListed} THEN r.raw END AS Raw, COALESCE(LENGTH(r.raw), 0) > {LongestListed} AS IsRetvalLeftOut, {ResultColumns}",
        From = ResultTables,
        CountFrom = "task t",
        Filters = new Dictionary<string, string> { ["isOpen"] = "t.isOpen", ["id"] = "t.id", ["origin"] = "t.origin", ["funcId"] = "t.funcId", ["execMode"] = "t.execMode" },
        Sorts = new Dictionary<string, string> { ["seq"] = "t.seq" },
        SearchText = "LOWER(CONCAT_WS(' ', t.id, t.originId, t.funcId, t.einfoTEXT))",
    };

    public Task<ListResult<DataProcessorTaskResultRow>> ListResultsAsync(ListQuery query, CancellationToken cancellationToken) =>
        Results.RunAsync<DataProcessorTaskResultRow>(database, query with { Filters = [new ListFilter("isOpen", []), .. query.Filters] }, cancellationToken);

    /// <returns>Null: there is no such finished task.</returns>
    public Task<DataProcessorTaskResultRow?> FindResultAsync(string id, CancellationToken cancellationToken) => database.QueryFirstAsync<DataProcessorTaskResultRow>(
        $"SELECT r.raw, {ResultColumns} FROM {ResultTables} WHERE t.id = @id AND t.isOpen IS NULL", new { id }, cancellationToken);

    /// <summary>Those that could begin now, the oldest 1000.</summary>
    public Task<IReadOnlyList<MonitoredTaskRow>> GetQueuedAsync(string? funcId, DateTimeOffset now, CancellationToken cancellationToken) =>
        GetWaitingAsync("dueTime <= @now", BySeq, funcId, now, cancellationToken);

    /// <summary>Those that wait for their moment, the next 1000.</summary>
    public Task<IReadOnlyList<MonitoredTaskRow>> GetScheduledAsync(string? funcId, DateTimeOffset now, CancellationToken cancellationToken) =>
        GetWaitingAsync("dueTime > @now", $"dueTime, {BySeq}", funcId, now, cancellationToken);

    /// <param name="status">PENDING, SUCCESS or FAILURE; null: any.</param>
    public async Task<IReadOnlyList<MonitoredTaskRow>> GetRecentAsync(string? funcId, string? status, CancellationToken cancellationToken)
    {
        var (condition, order) = status switch
        {
            null => ("1 = 1", "seq"),
            "PENDING" => (IsOpen, BySeq),
            "SUCCESS" => ($"status = '{RunStatus.Success}'", "seq"),
            _ => ("isFailed = 1", "seq"),
        };
        return await database.QueryAsync<MonitoredTaskRow>(
            $"SELECT {MonitorColumns} FROM task WHERE {condition}{Of(funcId)} ORDER BY {order} DESC LIMIT {MostRecent}", new { funcId, queues = await QueuesAsync(cancellationToken) }, cancellationToken);
    }

    public async Task<IReadOnlyList<QueueLength>> GetQueueLengthsAsync(CancellationToken cancellationToken) =>
        await database.QueryAsync<QueueLength>($"SELECT queue, COUNT(*) AS `Count` FROM task WHERE {IsOpen} GROUP BY queue", new { queues = await QueuesAsync(cancellationToken) }, cancellationToken);

    private async Task<IReadOnlyList<MonitoredTaskRow>> GetWaitingAsync(string condition, string order, string? funcId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.QueryAsync<MonitoredTaskRow>(
            $"SELECT {MonitorColumns} FROM task WHERE {IsOpen} AND status = '{RunStatus.Queued}' AND {condition}{Of(funcId)} ORDER BY {order} LIMIT {MostWaiting}",
            new { funcId, now, queues = await QueuesAsync(cancellationToken) },
            cancellationToken);

    /// <summary>Those that have ever been opened; no other one holds a task.</summary>
    private Task<IReadOnlyList<int>> QueuesAsync(CancellationToken cancellationToken) => database.QueryAsync<int>("SELECT queue FROM task_queue", null, cancellationToken);

    private static string Of(string? funcId) => funcId is null ? "" : " AND funcId = @funcId";
}
