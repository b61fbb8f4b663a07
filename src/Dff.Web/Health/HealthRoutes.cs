using Dff.Storage.Connections;
using Dff.Web.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dff.Web.Health;

/// <summary>Whether this silo can take calls, told by who knows.</summary>
public interface IReadiness
{
    /// <summary>Name of the part → what is wrong with it; null: it is fine.</summary>
    IReadOnlyDictionary<string, string?> Parts { get; }

    /// <summary>Facts for whoever looks: Python's version, isolation.</summary>
    IReadOnlyDictionary<string, string> Facts { get; }
}

public static class HealthRoutes
{
    public const string Tag = "Health";

    private static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(3);

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" })).WithTags(Tag).WithSummary("The process runs");
        app.MapGet("/health/ready", async (StoreDatabase database, IReadiness readiness, CancellationToken aborted) =>
        {
            var parts = readiness.Parts.ToDictionary(part => part.Key, part => part.Value);
            parts["store"] = await ProbeAsync(database, aborted);
            var isReady = parts.Values.All(problem => problem is null);
            return Results.Json(
                new { status = isReady ? "ready" : "not ready", parts = parts.ToDictionary(part => part.Key, part => part.Value ?? "ok"), facts = readiness.Facts },
                ApiJson.Options,
                statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).WithTags(Tag).WithSummary("The node can take calls; 503 with what is missing while it cannot");
    }

    private static async Task<string?> ProbeAsync(StoreDatabase database, CancellationToken aborted)
    {
        try
        {
            await database.QueryFirstAsync<int>("SELECT 1", null, aborted).WaitAsync(StoreLimit, aborted);
            return null;
        }
        catch (Exception error) when (error is System.Data.Common.DbException or TimeoutException)
        {
            return "the store does not answer";
        }
    }
}
