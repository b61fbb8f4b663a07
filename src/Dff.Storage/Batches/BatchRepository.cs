using System.Data.Common;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;

namespace Dff.Storage.Batches;

public sealed class BatchRepository(StoreDatabase database, ChangeLog changes)
{
    private const string Kind = "batch";

    private const string Own = """
        b.id, b.funcId, b.funcCallKwargsJSON, b.tagsJSON, b.origin, b.showInDoc, b.isDisabled, b.taskRecordLimit, b.apiAuthId, b.note, b.createTime, b.updateTime
        """;

    private const string TaskInfoCount = "(SELECT COUNT(*) FROM task t WHERE t.origin = 'batch' AND t.originId = b.id) AS TaskInfoCount";

    private static readonly ListDefinition List = ListOf($"b.seq, {Own}, {FunctionJoin.Columns}");

    private static readonly ListDefinition ListWithCount = ListOf($"b.seq, {Own}, {TaskInfoCount}, {FunctionJoin.Columns}");

    private static readonly TaskInfoList TaskInfos = new("batch", "batchId");

    /// <param name="withTaskInfoCount">Counts the tasks of each batch too.</param>
    public Task<ListResult<BatchRow>> ListAsync(ListQuery query, bool withTaskInfoCount, CancellationToken cancellationToken) =>
        (withTaskInfoCount ? ListWithCount : List).RunAsync<BatchRow>(database, query, cancellationToken);

    /// <summary>Tasks that batches have queued, those of deleted batches too.</summary>
    public Task<ListResult<BatchTaskInfoRow>> ListTaskInfosAsync(ListQuery query, CancellationToken cancellationToken) =>
        TaskInfos.RunAsync<BatchTaskInfoRow>(database, query, cancellationToken);

    public Task<BatchProjection?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<BatchProjection>($"SELECT {Own}, b.grainVersion FROM batch b WHERE b.id = @id", new { id }, cancellationToken);

    public Task<long> ProjectAsync(BatchProjection row, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await WriteRowAsync(connection, transaction, row);
            return await changes.AppendAsync(connection, transaction, Kind, row.Id);
        },
        cancellationToken);

    /// <summary>Writes the row in the transaction of a larger change, which appends to the change log itself.</summary>
    public Task WriteRowAsync(DbConnection connection, DbTransaction transaction, BatchProjection row) => ProjectionWrite.UpsertAsync(
        connection,
        transaction,
        "batch",
        """
        funcId = @FuncId, funcCallKwargsJSON = @FuncCallKwargsJSON, tagsJSON = @TagsJSON, origin = @Origin, showInDoc = @ShowInDoc, isDisabled = @IsDisabled,
        taskRecordLimit = @TaskRecordLimit, apiAuthId = @ApiAuthId, note = @Note, searchText = @SearchText, createTime = @CreateTime, updateTime = @UpdateTime
        """,
        ["id", "funcId", "funcCallKwargsJSON", "tagsJSON", "origin", "showInDoc", "isDisabled", "taskRecordLimit", "apiAuthId", "note", "searchText", "createTime", "updateTime", "grainVersion"],
        row.Id,
        row.GrainVersion,
        new DynamicParameters(row).With("SearchText", SearchText.Of(row.Id, row.FuncId, row.Note)));

    public Task<long> DeleteAsync(string id, long grainVersion, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync("DELETE FROM batch WHERE id = @id AND grainVersion <= @grainVersion", new { id, grainVersion }, transaction);
            return await changes.AppendAsync(connection, transaction, Kind, id);
        },
        cancellationToken);

    private static ListDefinition ListOf(string columns) => new()
    {
        Columns = columns,
        From = $"batch b {FunctionJoin.On("b.funcId")}",
        CountFrom = "batch b LEFT JOIN func f ON f.id = b.funcId",
        Filters = new Dictionary<string, string>
        {
            ["id"] = "b.id",
            ["funcId"] = "b.funcId",
            ["origin"] = "b.origin",
            // No batch has one: all of them are made by callers.
            ["originId"] = "NULL",
            ["showInDoc"] = "b.showInDoc",
            ["isDisabled"] = "b.isDisabled",
            ["func_name"] = "f.name",
            ["func_category"] = "f.category",
            ["func_scriptSetId"] = "f.scriptSetId",
            ["func_scriptId"] = "f.scriptId",
        },
        TagFilters = new Dictionary<string, string> { ["tags"] = "b.tagsJSON", ["func_tags"] = "f.tagsJSON" },
        Sorts = new Dictionary<string, string> { ["seq"] = "b.seq", ["funcId"] = "b.funcId" },
        SearchText = "b.searchText",
    };
}
