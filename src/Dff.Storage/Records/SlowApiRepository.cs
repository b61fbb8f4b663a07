using System.Security.Cryptography;
using System.Text;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.Records;

/// <param name="Cost">Milliseconds.</param>
public sealed record SlowCall(string Method, string Route, long Cost, DateTimeOffset Time)
{
    /// <summary>The same on every node.</summary>
    public string Id => "slow-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Method} {Route}")))[..16];
}

/// <summary>How often a route was slow; costs in milliseconds.</summary>
public sealed record SlowApiCountRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string ReqMethod { get; init; } = "";

    /// <summary>The template, like <c>/api/v1/scripts/:id/do/publish</c>.</summary>
    public string ReqRoute { get; init; } = "";

    /// <summary>Slow calls since the record was made.</summary>
    public long Count { get; init; }

    public long TotalCost { get; init; }

    public long MaxCost { get; init; }

    public long LatestCost { get; init; }

    /// <summary>The first slow call.</summary>
    public DateTimeOffset CreateTime { get; init; }

    /// <summary>The latest slow call.</summary>
    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>Counts of slow calls, a row for each route that has had one: so there are never more than there are routes.</summary>
public sealed class SlowApiRepository(StoreDatabase database)
{
    public Task<IReadOnlyList<SlowApiCountRow>> ListAsync(CancellationToken cancellationToken) => database.QueryAsync<SlowApiCountRow>(
        "SELECT seq, id, reqMethod, reqRoute, slowCount AS `Count`, totalCost, maxCost, latestCost, createTime, updateTime FROM slow_api_count ORDER BY seq DESC", null, cancellationToken);

    /// <summary>All of it in one transaction.</summary>
    public Task AddAsync(IReadOnlyList<SlowCall> calls, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            // In one order on every node, so that two of them never wait for each other.
            foreach (var route in calls.GroupBy(call => call.Id).OrderBy(route => route.Key, StringComparer.Ordinal))
            {
                var row = new
                {
                    Id = route.Key,
                    route.First().Method,
                    route.First().Route,
                    Count = route.LongCount(),
                    Total = route.Sum(call => call.Cost),
                    Max = route.Max(call => call.Cost),
                    Latest = route.Last().Cost,
                    First = route.First().Time,
                    Last = route.Last().Time,
                };
                var changed = await connection.ExecuteAsync(
                    """
                    UPDATE slow_api_count SET slowCount = slowCount + @Count, totalCost = totalCost + @Total, maxCost = CASE WHEN maxCost < @Max THEN @Max ELSE maxCost END,
                      latestCost = @Latest, updateTime = @Last WHERE id = @Id
                    """,
                    row,
                    transaction);
                if (changed > 0) continue;
                await connection.ExecuteAsync(
                    """
                    INSERT INTO slow_api_count (id, reqMethod, reqRoute, slowCount, totalCost, maxCost, latestCost, createTime, updateTime)
                    VALUES (@Id, @Method, @Route, @Count, @Total, @Max, @Latest, @First, @Last)
                    """,
                    row,
                    transaction);
            }

            return calls.Count;
        },
        cancellationToken);

    /// <returns>False: there is none.</returns>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) =>
        await database.WriteAsync((connection, transaction) => connection.ExecuteAsync("DELETE FROM slow_api_count WHERE id = @id", new { id }, transaction), cancellationToken) > 0;

    public Task ClearAsync(CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync("DELETE FROM slow_api_count", null, transaction), cancellationToken);
}
