using System.Data.Common;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.EnvVariables;

public sealed record EnvVariableRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string? Title { get; init; }

    public string? Description { get; init; }

    public string ValueTEXT { get; init; } = "";

    public string AutoTypeCasting { get; init; } = "string";

    public bool IsPinned { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>New values; null leaves a field as it is, or empty in a new variable.</summary>
public sealed record EnvVariableChange
{
    public string? Title { get; init; }

    public string? Description { get; init; }

    public string? ValueTEXT { get; init; }

    public string? AutoTypeCasting { get; init; }

    public bool? IsPinned { get; init; }
}

public sealed class EnvVariableRepository(StoreDatabase database, ChangeLog changes, TimeProvider time)
{
    private const string Kind = "envVariable";
    private const string Columns = "e.seq, e.id, e.title, e.description, e.valueTEXT, e.autoTypeCasting, e.isPinned, e.createTime, e.updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "env_variable e",
        CountFrom = "env_variable e",
        Filters = new Dictionary<string, string> { ["id"] = "e.id" },
        Sorts = new Dictionary<string, string> { ["seq"] = "e.seq", ["id"] = "e.id" },
        SearchText = "e.searchText",
    };

    public Task<ListResult<EnvVariableRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<EnvVariableRow>(database, query, cancellationToken);

    public Task<IReadOnlyList<EnvVariableRow>> GetAllAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<EnvVariableRow>($"SELECT {Columns} FROM env_variable e ORDER BY e.seq", null, cancellationToken);

    public Task<EnvVariableRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<EnvVariableRow>($"SELECT {Columns} FROM env_variable e WHERE e.id = @id", new { id }, cancellationToken);

    /// <exception cref="DuplicateKeyException">There is one with this ID.</exception>
    public async Task<long> AddAsync(string id, EnvVariableChange change, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync((connection, transaction) => InsertAsync(connection, transaction, id, change), cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            throw new DuplicateKeyException(id);
        }
    }

    /// <returns>The number of the change; null where there is no such variable.</returns>
    public Task<long?> ModifyAsync(string id, EnvVariableChange change, CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => UpdateAsync(connection, transaction, id, change), cancellationToken);

    /// <summary>Adds or modifies, as scripts do.</summary>
    public Task<long> SaveAsync(string id, EnvVariableChange change, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
            await UpdateAsync(connection, transaction, id, change) ?? await InsertAsync(connection, transaction, id, change),
        cancellationToken);

    /// <returns>The number of the change; null where there was no such variable.</returns>
    public Task<long?> DeleteAsync(string id, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync("DELETE FROM env_variable WHERE id = @id", new { id }, transaction) == 0
                ? null
                : await changes.AppendAsync(connection, transaction, Kind, id),
        cancellationToken);

    /// <summary>Adds or replaces all fields in the transaction of a larger change, which appends to the change log itself.</summary>
    public async Task WriteRowAsync(DbConnection connection, DbTransaction transaction, EnvVariableRow row)
    {
        var parameters = new DynamicParameters(row).With("searchText", SearchText.Of(row.Id, row.Title, row.Description)).With("now", time.GetUtcNow());
        var exists = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM env_variable WHERE id = @Id", parameters, transaction) > 0;
        await connection.ExecuteAsync(
            exists
                ? """
                  UPDATE env_variable SET title = @Title, description = @Description, valueTEXT = @ValueTEXT, autoTypeCasting = @AutoTypeCasting, isPinned = @IsPinned, searchText = @searchText,
                    updateTime = @now WHERE id = @Id
                  """
                : """
                  INSERT INTO env_variable (id, title, description, valueTEXT, autoTypeCasting, isPinned, searchText, createTime, updateTime)
                  VALUES (@Id, @Title, @Description, @ValueTEXT, @AutoTypeCasting, @IsPinned, @searchText, @now, @now)
                  """,
            parameters,
            transaction);
    }

    private async Task<long> InsertAsync(DbConnection connection, DbTransaction transaction, string id, EnvVariableChange change)
    {
        await connection.ExecuteAsync(
            """
            INSERT INTO env_variable (id, title, description, valueTEXT, autoTypeCasting, isPinned, searchText, createTime, updateTime)
            VALUES (@id, @Title, @Description, @value, @type, @pinned, @searchText, @now, @now)
            """,
            Parameters(id, change).With("value", change.ValueTEXT ?? "").With("type", change.AutoTypeCasting ?? "string").With("pinned", change.IsPinned ?? false)
                .With("searchText", SearchText.Of(id, change.Title, change.Description)),
            transaction);
        return await changes.AppendAsync(connection, transaction, Kind, id);
    }

    private async Task<long?> UpdateAsync(DbConnection connection, DbTransaction transaction, string id, EnvVariableChange change)
    {
        var before = await connection.QueryFirstOrDefaultAsync<EnvVariableRow>($"SELECT {Columns} FROM env_variable e WHERE e.id = @id", new { id }, transaction);
        if (before is null) return null;
        await connection.ExecuteAsync(
            """
            UPDATE env_variable SET title = COALESCE(@Title, title), description = COALESCE(@Description, description), valueTEXT = COALESCE(@ValueTEXT, valueTEXT),
              autoTypeCasting = COALESCE(@AutoTypeCasting, autoTypeCasting), isPinned = COALESCE(@IsPinned, isPinned), searchText = @searchText, updateTime = @now WHERE id = @id
            """,
            Parameters(id, change).With("searchText", SearchText.Of(id, change.Title ?? before.Title, change.Description ?? before.Description)),
            transaction);
        return await changes.AppendAsync(connection, transaction, Kind, id);
    }

    private DynamicParameters Parameters(string id, EnvVariableChange change) => new DynamicParameters(change).With("id", id).With("now", time.GetUtcNow());
}
