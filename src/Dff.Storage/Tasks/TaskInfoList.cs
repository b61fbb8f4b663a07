using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Tasks;

/// <summary>The tasks of one origin, by their owner.</summary>
/// <param name="origin">batch or crontab.</param>
/// <param name="ownerId">The API's name of the owner's ID, like <c>batchId</c>.</param>
/// <param name="columns">Further columns, of the tables in <paramref name="join"/>.</param>
internal sealed class TaskInfoList(string origin, string ownerId, string columns = "", string join = "")
{
    private readonly ListDefinition _list = new()
    {
        Columns = $"""
            t.seq, t.id, t.originId AS {ownerId}, t.funcId, t.scriptPublishVersion, t.queueTime, t.startTime, t.endTime, t.status AS TaskStatus, l.logMessageTEXT, t.einfoTEXT,
            t.queueTime AS CreateTime, COALESCE(t.endTime, t.startTime, t.queueTime) AS UpdateTime, {columns}{FunctionJoin.Columns}
            """,
        From = $"task t LEFT JOIN task_log l ON l.id = t.id {join} {FunctionJoin.On("t.funcId")}",
        CountFrom = "task t",
        // Not joined, so that counting without such a filter reads an index of this table alone.
        FunctionKey = "t.funcId",
        Filters = new Dictionary<string, string>
        {
            ["origin"] = "t.origin",
            ["id"] = "t.id",
            [ownerId] = "t.originId",
            ["funcId"] = "t.funcId",
            ["func_scriptSetId"] = "f.scriptSetId",
            ["func_scriptId"] = "f.scriptId",
        },
        TagFilters = new Dictionary<string, string> { ["func_tags"] = "f.tagsJSON" },
        Sorts = new Dictionary<string, string> { ["seq"] = "t.seq" },
        SearchText = "LOWER(CONCAT_WS(' ', t.id, t.originId, t.funcId, t.einfoTEXT))",
    };

    public Task<ListResult<T>> RunAsync<T>(StoreDatabase database, ListQuery query, CancellationToken cancellationToken)
        where T : TaskInfoRow =>
        _list.RunAsync<T>(database, query with { Filters = [new ListFilter("origin", [origin]), .. query.Filters] }, cancellationToken);
}
