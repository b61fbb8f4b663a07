using System.Data.Common;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Scripts;

public sealed class ScriptSetRepository(StoreDatabase database, ChangeLog changes)
{
    private const string Kind = "scriptSet";

    private static readonly ListDefinition List = new()
    {
        Columns = "s.seq, s.id, s.title, s.description, s.requirements, s.isPinned, s.lockedByUserId, s.createTime, s.updateTime",
        From = "script_set s",
        CountFrom = "script_set s",
        Filters = new Dictionary<string, string> { ["id"] = "s.id", ["origin"] = "NULL", ["originId"] = "NULL" },
        Sorts = new Dictionary<string, string> { ["seq"] = "s.seq", ["id"] = "s.id" },
        SearchText = "s.searchText",
    };

    public Task<ListResult<ScriptSetRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) =>
        List.RunAsync<ScriptSetRow>(database, query, cancellationToken);

    /// <returns>The number of the change.</returns>
    public Task<long> ProjectAsync(ScriptSetProjection row, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await WriteRowAsync(connection, transaction, row);
            return await changes.AppendAsync(connection, transaction, Kind, row.Id);
        },
        cancellationToken);

    /// <summary>Writes the row in the transaction of a larger change, which appends to the change log itself.</summary>
    public Task WriteRowAsync(DbConnection connection, DbTransaction transaction, ScriptSetProjection row) => ProjectionWrite.UpsertAsync(
        connection,
        transaction,
        "script_set",
        """
        title = @Title, description = @Description, requirements = @Requirements, isPinned = @IsPinned, lockedByUserId = @LockedByUserId,
        searchText = @SearchText, createTime = @CreateTime, updateTime = @UpdateTime
        """,
        ["id", "title", "description", "requirements", "isPinned", "lockedByUserId", "searchText", "createTime", "updateTime", "grainVersion"],
        row.Id,
        row.GrainVersion,
        new DynamicParameters(row).With("SearchText", SearchText.Of(row.Id, row.Title, row.Description)));

    public Task<long> DeleteAsync(string id, long grainVersion, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await DeleteRowAsync(connection, transaction, id, grainVersion);
            return await changes.AppendAsync(connection, transaction, Kind, id);
        },
        cancellationToken);

    /// <summary>Deletes the row in the transaction of a larger change, which appends to the change log itself.</summary>
    public Task DeleteRowAsync(DbConnection connection, DbTransaction transaction, string id, long grainVersion) =>
        connection.ExecuteAsync("DELETE FROM script_set WHERE id = @id AND grainVersion <= @grainVersion", new { id, grainVersion }, transaction);
}
