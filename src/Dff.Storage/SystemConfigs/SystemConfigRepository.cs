using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.SystemConfigs;

public sealed record SystemConfigRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string Value { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

public sealed class SystemConfigRepository(StoreDatabase database, ChangeLog changes, TimeProvider time)
{
    private const string Kind = "systemConfig";
    private const string Columns = "c.seq, c.id, c.value, c.createTime, c.updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "system_config c",
        CountFrom = "system_config c",
        Filters = new Dictionary<string, string> { ["id"] = "c.id" },
        Sorts = new Dictionary<string, string> { ["seq"] = "c.seq", ["id"] = "c.id" },
        SearchText = "LOWER(c.id)",
    };

    public Task<ListResult<SystemConfigRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<SystemConfigRow>(database, query, cancellationToken);

    public Task<SystemConfigRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<SystemConfigRow>($"SELECT {Columns} FROM system_config c WHERE c.id = @id", new { id }, cancellationToken);

    public Task<IReadOnlyList<SystemConfigRow>> GetAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        database.QueryAsync<SystemConfigRow>($"SELECT {Columns} FROM system_config c WHERE c.id IN @ids", new { ids }, cancellationToken);

    /// <returns>The number of the change.</returns>
    public Task<long> SetAsync(string id, string value, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var row = new { id, value, now = time.GetUtcNow() };
            if (await connection.ExecuteAsync("UPDATE system_config SET value = @value, updateTime = @now WHERE id = @id", row, transaction) == 0)
                await connection.ExecuteAsync("INSERT INTO system_config (id, value, createTime, updateTime) VALUES (@id, @value, @now, @now)", row, transaction);
            return await changes.AppendAsync(connection, transaction, Kind, id);
        },
        cancellationToken);

    /// <returns>The number of the change; null where there is none of this ID.</returns>
    public Task<long?> DeleteAsync(string id, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync("DELETE FROM system_config WHERE id = @id", new { id }, transaction) == 0
                ? null
                : await changes.AppendAsync(connection, transaction, Kind, id),
        cancellationToken);
}
