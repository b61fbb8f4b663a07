using System.Text.Json.Serialization;
using Dff.Abstractions.Tasks;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Tasks;

/// <summary>Finished tasks as the later generation records them.</summary>
public sealed class TaskRecordRepository(StoreDatabase database)
{
    /// <summary>Of a task that nobody's function has started, as in its chain.</summary>
    private const string Chain = "COALESCE(t.chainJSON, CONCAT('{\"root\":\"', t.id, '\"'))";

    private static readonly ListDefinition List = new()
    {
        Columns = $"""
            t.seq, t.id, t.funcId, t.queue, t.origin, t.originId, t.execMode, t.status AS TaskStatus, t.attempt, t.chainJSON, t.kwargsJSON, t.scriptPublishVersion, t.dueTime AS TriggerTime,
            t.queueTime, t.startTime, t.endTime, t.errorType, t.einfoTEXT, t.queueTime AS CreateTime, COALESCE(t.endTime, t.queueTime) AS UpdateTime, {FunctionJoin.Columns}
            """,
        From = $"task t {FunctionJoin.On("t.funcId")}",
        CountFrom = "task t",
        Filters = new Dictionary<string, string>
        {
            ["isOpen"] = "t.isOpen",
            ["id"] = "t.id",
            ["name"] = "t.funcId",
            ["funcId"] = "t.funcId",
            ["origin"] = "t.origin",
            ["originId"] = "t.originId",
            ["queue"] = "t.queue",
            ["taskStatus"] = "t.status",
        },
        BeginFilters = new Dictionary<string, (string, string)> { ["scriptId"] = ("t.funcId", "."), ["scriptSetId"] = ("t.funcId", "__") },
        Conditions = new Dictionary<string, string> { ["isFailed"] = "t.isFailed = 1" },
        ContainedFilters = new Dictionary<string, string> { ["root"] = Chain },
        Sorts = new Dictionary<string, string> { ["seq"] = "t.seq" },
        SearchText = "LOWER(CONCAT_WS(' ', t.id, t.originId, t.funcId, t.einfoTEXT))",
    };

    public Task<ListResult<TaskRecordRow>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var filters = new List<ListFilter> { new("isOpen", []) };
        // What is the case anyway, for the indexes.
        if (Find("taskStatus") is { Values.Count: > 0 } status && !status.Values.Contains(RunStatus.Success)) filters.Add(new ListFilter("isFailed", []));
        if (Find("originId") is { Values.Count: > 0 } && Find("origin") is null) filters.Add(new ListFilter("origin", TaskOrigin.All));
        return List.RunAsync<TaskRecordRow>(database, query with { Filters = [.. filters, .. query.Filters] }, cancellationToken);

        ListFilter? Find(string field) => query.Filters.FirstOrDefault(filter => filter.Field == field);
    }

    /// <param name="field">originId or funcId.</param>
    /// <returns>Those that have any.</returns>
    public async Task<IReadOnlyDictionary<string, long>> CountAsync(string field, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var (column, condition) = field == "funcId" ? ("funcId", "funcId IN @ids") : ("originId", "origin IN @origins AND originId IN @ids");
        var rows = await database.QueryAsync<CountRow>(
            $"SELECT {column} AS Id, COUNT(*) AS Total FROM task WHERE isOpen IS NULL AND {condition} GROUP BY {column}", new { ids, origins = TaskOrigin.All }, cancellationToken);
        return rows.ToDictionary(row => row.Id, row => row.Total, StringComparer.Ordinal);
    }

    private sealed record CountRow
    {
        public string Id { get; init; } = "";

        public long Total { get; init; }
    }
}

/// <summary>A finished task.</summary>
public sealed record TaskRecordRow : FunctionJoin
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    /// <summary>The name of the task: the ID of its function.</summary>
    public string Name => FuncId;

    /// <summary>The call from outside that it goes back to, where functions started one another; else itself.</summary>
    public string RootTaskId => ChainJSON is null ? Id : TaskChain.Parse(ChainJSON).RootTaskId;

    public string FuncId { get; init; } = "";

    public int Queue { get; init; }

    public string Origin { get; init; } = "";

    public string? OriginId { get; init; }

    public string ExecMode { get; init; } = "";

    /// <summary>success, failure, timeout or skip.</summary>
    public string Status => RunStatus.OfRecord(TaskStatus);

    /// <summary>success, failure, timeout, cancelled, expired, skipped or lost.</summary>
    public string TaskStatus { get; init; } = "";

    public int Attempt { get; init; }

    [JsonIgnore] public string? ChainJSON { get; init; }

    public RawJson? KwargsJSON { get; init; }

    public int? ScriptPublishVersion { get; init; }

    /// <summary>The moment before which it was not to begin.</summary>
    public DateTimeOffset TriggerTime { get; init; }

    public DateTimeOffset QueueTime { get; init; }

    /// <summary>Null: it never began.</summary>
    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    public string? ErrorType { get; init; }

    public string? EinfoTEXT { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}
