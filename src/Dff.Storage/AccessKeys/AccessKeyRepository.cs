using System.Text.Json.Serialization;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.AccessKeys;

public sealed record AccessKeyRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string UserId { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>The later generation's name of <see cref="Name"/>.</summary>
    public string Title => Name;

    [JsonIgnore]
    public string SealedSecret { get; init; } = "";

    [JsonPropertyName("webhookURL")]
    public string? WebhookUrl { get; init; }

    /// <summary>Comma-separated.</summary>
    public string? WebhookEvents { get; init; }

    public bool AllowWebhookEcho { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>Where <see cref="SealedSecret"/> belongs.</summary>
    public static string PlaceOf(string id) => $"accessKey/{id}";
}

public sealed class AccessKeyRepository(StoreDatabase database, ChangeLog changes, TimeProvider time)
{
    private const string Kind = "accessKey";
    private const string Columns = "seq, id, userId, name, sealedSecret, webhookURL AS WebhookUrl, webhookEvents, allowWebhookEcho, createTime, updateTime";

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "access_key",
        CountFrom = "access_key",
        Filters = new Dictionary<string, string> { ["id"] = "id", ["name"] = "name", ["title"] = "name", ["userId"] = "userId" },
        Sorts = new Dictionary<string, string> { ["seq"] = "seq" },
        SearchText = "searchText",
    };

    public Task<ListResult<AccessKeyRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<AccessKeyRow>(database, query, cancellationToken);

    public Task<AccessKeyRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<AccessKeyRow>($"SELECT {Columns} FROM access_key WHERE id = @id", new { id }, cancellationToken);

    /// <summary>Those that want to hear of events.</summary>
    public Task<IReadOnlyList<AccessKeyRow>> GetWithWebhookAsync(CancellationToken cancellationToken) => database.QueryAsync<AccessKeyRow>(
        $"SELECT {Columns} FROM access_key WHERE webhookURL IS NOT NULL AND webhookEvents IS NOT NULL ORDER BY seq", null, cancellationToken);

    /// <returns>The number of the change.</returns>
    public Task<long> AddAsync(AccessKeyRow key, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO access_key (id, userId, name, sealedSecret, webhookURL, webhookEvents, allowWebhookEcho, searchText, createTime, updateTime)
                VALUES (@Id, @UserId, @Name, @SealedSecret, @WebhookUrl, @WebhookEvents, @AllowWebhookEcho, @searchText, @now, @now)
                """,
                Parameters(key),
                transaction);
            return await changes.AppendAsync(connection, transaction, Kind, key.Id);
        },
        cancellationToken);

    /// <summary>Label and webhook; never owner or secret.</summary>
    /// <returns>The number of the change; null where there is no such key.</returns>
    public Task<long?> ModifyAsync(AccessKeyRow key, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync(
                """
                UPDATE access_key SET name = @Name, webhookURL = @WebhookUrl, webhookEvents = @WebhookEvents, allowWebhookEcho = @AllowWebhookEcho,
                  searchText = @searchText, updateTime = @now WHERE id = @Id
                """,
                Parameters(key),
                transaction) == 0
                ? null
                : await changes.AppendAsync(connection, transaction, Kind, key.Id),
        cancellationToken);

    /// <returns>The number of the change; null where there was no such key.</returns>
    public Task<long?> DeleteAsync(string id, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync("DELETE FROM access_key WHERE id = @id", new { id }, transaction) == 0
                ? null
                : await changes.AppendAsync(connection, transaction, Kind, id),
        cancellationToken);

    private DynamicParameters Parameters(AccessKeyRow key) =>
        new DynamicParameters(key).With("searchText", SearchText.Of(key.Id, key.Name, key.WebhookUrl)).With("now", time.GetUtcNow());
}
