using System.Text.Json.Serialization;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.ApiAuths;

/// <summary>How callers of auth links and batches prove who they are.</summary>
public sealed record ApiAuthRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string? Title { get; init; }

    /// <summary>The same as <see cref="Title"/>.</summary>
    public string? Name => Title;

    /// <summary>fixedField, httpBasic, httpDigest or func.</summary>
    public string Type { get; init; } = "";

    /// <summary>Sealed as a whole.</summary>
    [JsonIgnore]
    public string SealedConfig { get; init; } = "";

    /// <summary>Without what is secret; made by whoever opens it.</summary>
    public RawJson? ConfigJSON { get; init; }

    public string? Note { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>Where <see cref="SealedConfig"/> belongs.</summary>
    public static string PlaceOf(string id) => $"apiAuth/{id}";
}

public sealed class ApiAuthRepository(StoreDatabase database, ChangeLog changes, TimeProvider time)
{
    private const string Kind = "apiAuth";
    private const string Columns = "seq, id, title, type, configJSON AS SealedConfig, note, createTime, updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "api_auth",
        CountFrom = "api_auth",
        Filters = new Dictionary<string, string> { ["id"] = "id", ["type"] = "type", ["title"] = "title", ["name"] = "title", ["note"] = "note" },
        Sorts = new Dictionary<string, string> { ["seq"] = "seq", ["id"] = "id" },
        SearchText = "searchText",
    };

    public Task<ListResult<ApiAuthRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<ApiAuthRow>(database, query, cancellationToken);

    public Task<ApiAuthRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<ApiAuthRow>($"SELECT {Columns} FROM api_auth WHERE id = @id", new { id }, cancellationToken);

    /// <returns>The number of the change.</returns>
    public Task<long> AddAsync(ApiAuthRow row, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync(
                "INSERT INTO api_auth (id, title, type, configJSON, note, searchText, createTime, updateTime) VALUES (@Id, @Title, @Type, @SealedConfig, @Note, @searchText, @now, @now)",
                Parameters(row),
                transaction);
            return await changes.AppendAsync(connection, transaction, Kind, row.Id);
        },
        cancellationToken);

    /// <summary>All but its type.</summary>
    /// <returns>The number of the change; null where there is no such record.</returns>
    public Task<long?> ModifyAsync(ApiAuthRow row, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync(
                "UPDATE api_auth SET title = @Title, configJSON = @SealedConfig, note = @Note, searchText = @searchText, updateTime = @now WHERE id = @Id", Parameters(row), transaction) == 0
                ? null
                : await changes.AppendAsync(connection, transaction, Kind, row.Id),
        cancellationToken);

    /// <returns>The number of the change; null where there was no such record.</returns>
    public Task<long?> DeleteAsync(string id, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync("DELETE FROM api_auth WHERE id = @id", new { id }, transaction) == 0 ? null : await changes.AppendAsync(connection, transaction, Kind, id),
        cancellationToken);

    /// <summary>Some auth links and batches that ask for it.</summary>
    public Task<IReadOnlyList<string>> GetUsersAsync(string id, CancellationToken cancellationToken) => database.QueryAsync<string>(
        "SELECT id FROM auth_link WHERE apiAuthId = @id UNION ALL SELECT id FROM batch WHERE apiAuthId = @id ORDER BY id LIMIT 10", new { id }, cancellationToken);

    private DynamicParameters Parameters(ApiAuthRow row) => new DynamicParameters(row).With("searchText", SearchText.Of(row.Id, row.Title, row.Note)).With("now", time.GetUtcNow());
}
