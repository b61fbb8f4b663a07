using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;

namespace Dff.Storage.Operations;

public sealed class OperationRecordRepository(StoreDatabase database)
{
    private const int MostDeleted = 5_000;

    /// <summary>Characters of a record that a fuzzy search looks through.</summary>
    private const int MostSearched = 4_000;

    private const string Columns =
        "seq, id, userId, username, clientId, traceId, reqMethod, reqRoute, reqQueryJSON, reqParamsJSON, reqBodyJSON, reqFileInfoJSON, reqCost, respStatusCode, respBodyJSON, createTime, updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "operation_record",
        CountFrom = "operation_record",
        Filters = new Dictionary<string, string>
        {
            ["id"] = "id",
            ["userId"] = "userId",
            ["username"] = "username",
            ["clientId"] = "clientId",
            ["traceId"] = "traceId",
            ["reqMethod"] = "reqMethod",
            ["reqRoute"] = "reqRoute",
            ["respStatusCode"] = "respStatusCode",
        },
        ContainedFilters = new Dictionary<string, string>
        {
            ["reqQueryJSON"] = "reqQueryJSON",
            ["reqParamsJSON"] = "reqParamsJSON",
            ["reqBodyJSON"] = "reqBodyJSON",
            ["respBodyJSON"] = "respBodyJSON",
        },
        RangeFilters = new Dictionary<string, string> { ["createTimeFrom"] = "createTime >= ", ["createTimeTo"] = "createTime < " },
        Sorts = new Dictionary<string, string> { ["seq"] = "seq" },
        SearchText = "searchText",
    };

    public Task<ListResult<OperationRecordRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<OperationRecordRow>(database, query, cancellationToken);

    public Task AddAsync(IReadOnlyList<OperationRecordRow> records, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await new RowBatch(connection, transaction, database.IsSqlite).InsertAsync(
                "operation_record",
                """
                id, userId, username, clientId, traceId, reqMethod, reqRoute, reqQueryJSON, reqParamsJSON, reqBodyJSON, reqFileInfoJSON, reqCost, respStatusCode, respBodyJSON,
                searchText, createTime, updateTime
                """,
                [.. records.Select(Values)]);
            return records.Count;
        },
        cancellationToken);

    /// <summary>Deletes the oldest beyond <paramref name="kept"/>.</summary>
    public async Task TrimAsync(int kept, CancellationToken cancellationToken)
    {
        var last = await database.QueryFirstAsync<long?>("SELECT seq FROM operation_record ORDER BY seq DESC LIMIT 1 OFFSET @kept", new { kept }, cancellationToken);
        while (last is not null)
        {
            var some = await database.QueryAsync<long>($"SELECT seq FROM operation_record WHERE seq <= @last ORDER BY seq LIMIT {MostDeleted}", new { last }, cancellationToken);
            if (some.Count == 0) return;
            await database.WriteAsync(
                (connection, transaction) => connection.ExecuteAsync("DELETE FROM operation_record WHERE seq <= @until", new { until = some[^1] }, transaction), cancellationToken);
        }
    }

    private static object?[] Values(OperationRecordRow row) =>
    [
        row.Id, row.UserId, row.Username, row.ClientId, row.TraceId, row.ReqMethod, row.ReqRoute, row.ReqQueryJSON?.Text, row.ReqParamsJSON?.Text, row.ReqBodyJSON?.Text, row.ReqFileInfoJSON?.Text,
        row.ReqCost, row.RespStatusCode, row.RespBodyJSON?.Text,
        Searched(row),
        row.CreateTime.ToUnixTimeMilliseconds(), row.UpdateTime.ToUnixTimeMilliseconds(),
    ];

    private static string Searched(OperationRecordRow row)
    {
        var text = SearchText.Of(row.Id, row.UserId, row.Username, row.ClientId, row.TraceId, row.ReqMethod, row.ReqRoute, row.ReqParamsJSON?.Text, row.ReqQueryJSON?.Text);
        return text.Length <= MostSearched ? text : text[..(char.IsHighSurrogate(text[MostSearched - 1]) ? MostSearched - 1 : MostSearched)];
    }
}
