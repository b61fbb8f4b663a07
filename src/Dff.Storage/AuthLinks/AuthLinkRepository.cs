using System.Data.Common;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.AuthLinks;

public sealed record AuthLinkProjection
{
    public required string Id { get; init; }

    public required string FuncId { get; init; }

    public required RawJson FuncCallKwargsJSON { get; init; }

    public DateTimeOffset? ExpireTime { get; init; }

    public RawJson? ThrottlingJSON { get; init; }

    public RawJson? TagsJSON { get; init; }

    public required string Origin { get; init; }

    public bool ShowInDoc { get; init; }

    public bool IsDisabled { get; init; }

    public int? TaskRecordLimit { get; init; }

    public string? ApiAuthId { get; init; }

    public string? Note { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    public required long GrainVersion { get; init; }
}

public sealed record AuthLinkRow : FunctionJoin
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string FuncId { get; init; } = "";

    public RawJson? FuncCallKwargsJSON { get; init; }

    public DateTimeOffset? ExpireTime { get; init; }

    public RawJson? ThrottlingJSON { get; init; }

    public RawJson? TagsJSON { get; init; }

    public string? Origin { get; init; }

    public bool ShowInDoc { get; init; }

    public bool IsDisabled { get; init; }

    public int? TaskRecordLimit { get; init; }

    /// <summary>How callers prove who they are; null: they need not.</summary>
    public string? ApiAuthId { get; init; }

    public string? Note { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

public sealed class AuthLinkRepository(StoreDatabase database, ChangeLog changes)
{
    private const string Kind = "authLink";

    private const string Own = """
        a.id, a.funcId, a.funcCallKwargsJSON, a.expireTime, a.throttlingJSON, a.tagsJSON, a.origin, a.showInDoc, a.isDisabled, a.taskRecordLimit, a.apiAuthId, a.note, a.createTime, a.updateTime
        """;

    private static readonly ListDefinition List = new()
    {
        Columns = $"a.seq, {Own}, {FunctionJoin.Columns}",
        From = $"auth_link a {FunctionJoin.On("a.funcId")}",
        CountFrom = "auth_link a LEFT JOIN func f ON f.id = a.funcId",
        Filters = new Dictionary<string, string>
        {
            ["id"] = "a.id",
            ["funcId"] = "a.funcId",
            ["origin"] = "a.origin",
            // No link has one: all of them are made by callers.
            ["originId"] = "NULL",
            ["showInDoc"] = "a.showInDoc",
            ["isDisabled"] = "a.isDisabled",
            ["func_name"] = "f.name",
            ["func_category"] = "f.category",
            ["func_scriptSetId"] = "f.scriptSetId",
            ["func_scriptId"] = "f.scriptId",
        },
        TagFilters = new Dictionary<string, string> { ["tags"] = "a.tagsJSON", ["func_tags"] = "f.tagsJSON" },
        Sorts = new Dictionary<string, string> { ["seq"] = "a.seq", ["funcId"] = "a.funcId" },
        SearchText = "a.searchText",
    };

    public Task<ListResult<AuthLinkRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<AuthLinkRow>(database, query, cancellationToken);

    public Task<AuthLinkProjection?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<AuthLinkProjection>($"SELECT {Own}, a.grainVersion FROM auth_link a WHERE a.id = @id", new { id }, cancellationToken);

    public Task<long> ProjectAsync(AuthLinkProjection row, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await WriteRowAsync(connection, transaction, row);
            return await changes.AppendAsync(connection, transaction, Kind, row.Id);
        },
        cancellationToken);

    /// <summary>Writes the row in the transaction of a larger change, which appends to the change log itself.</summary>
    public Task WriteRowAsync(DbConnection connection, DbTransaction transaction, AuthLinkProjection row) => ProjectionWrite.UpsertAsync(
        connection,
        transaction,
        "auth_link",
        """
        funcId = @FuncId, funcCallKwargsJSON = @FuncCallKwargsJSON, expireTime = @ExpireTime, throttlingJSON = @ThrottlingJSON, tagsJSON = @TagsJSON, origin = @Origin,
        showInDoc = @ShowInDoc, isDisabled = @IsDisabled, taskRecordLimit = @TaskRecordLimit, apiAuthId = @ApiAuthId, note = @Note, searchText = @SearchText, createTime = @CreateTime, updateTime = @UpdateTime
        """,
        ["id", "funcId", "funcCallKwargsJSON", "expireTime", "throttlingJSON", "tagsJSON", "origin", "showInDoc", "isDisabled", "taskRecordLimit", "apiAuthId", "note", "searchText", "createTime", "updateTime", "grainVersion"],
        row.Id,
        row.GrainVersion,
        new DynamicParameters(row).With("SearchText", SearchText.Of(row.Id, row.FuncId, row.Note)));

    public Task<long> DeleteAsync(string id, long grainVersion, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync("DELETE FROM auth_link WHERE id = @id AND grainVersion <= @grainVersion", new { id, grainVersion }, transaction);
            return await changes.AppendAsync(connection, transaction, Kind, id);
        },
        cancellationToken);
}
