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

    /// <summary>By path.</summary>
    public static IReadOnlyDictionary<string, string> Examples { get; } = new Dictionary<string, string>
    {
        ["/health/live"] = """{"status": "live"}""",
        ["/health/ready"] = """{"status": "ready", "parts": {"store": "ok", "python": "ok"}, "facts": {"python": "3.11.2", "isolation": "users"}}""",
    };

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" })).WithTags(Tag).WithSummary("The process runs");
        app.MapGet("/health/ready", async (StoreProbe store, IReadiness readiness, CancellationToken aborted) =>
        {
            var parts = readiness.Parts.ToDictionary(part => part.Key, part => part.Value);
            parts["store"] = await store.FindProblemAsync(aborted);
            var isReady = parts.Values.All(problem => problem is null);
            return Results.Json(
                new { status = isReady ? "ready" : "not ready", parts = parts.ToDictionary(part => part.Key, part => part.Value ?? "ok"), facts = readiness.Facts },
                ApiJson.Options,
                statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).WithTags(Tag).WithSummary("The node can take calls; 503 with what is missing while it cannot");
    }
}
