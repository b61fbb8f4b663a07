using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.ManyJobs;

public sealed record ManyJobRow
{
    public string Id { get; init; } = "";

    public string Kind { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }
}

/// <summary>The jobs that are under way. Their steps are the state of their grain.</summary>
public sealed class ManyJobRepository(StoreDatabase database, TimeProvider time)
{
    public Task AddAsync(string id, string kind, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync("INSERT INTO many_job (id, kind, createTime) VALUES (@id, @kind, @now)", new { id, kind, now = time.GetUtcNow() }, transaction),
        cancellationToken);

    public Task DeleteAsync(string id, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync("DELETE FROM many_job WHERE id = @id", new { id }, transaction), cancellationToken);

    /// <summary>The oldest first.</summary>
    public Task<IReadOnlyList<ManyJobRow>> GetAllAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<ManyJobRow>("SELECT id, kind, createTime FROM many_job ORDER BY seq", null, cancellationToken);

    public Task<IReadOnlyList<string>> GetIdsAsync(string kind, CancellationToken cancellationToken) =>
        database.QueryAsync<string>("SELECT id FROM many_job WHERE kind = @kind ORDER BY seq", new { kind }, cancellationToken);
}
