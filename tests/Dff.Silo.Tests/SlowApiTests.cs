using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Counts of slow calls, of a silo that nobody else clears them of.</summary>
public sealed class SlowApiTests
{
    [Fact]
    public async Task Slow_calls_are_counted_by_their_route_until_they_are_forgotten()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);
        const string route = "/api/v1/do/test-slow-api";
        (await silo.Api.GetAsync($"{route}?simulateReqCost=1")).RequireOk();
        (await silo.Api.GetAsync($"{route}?simulateReqCost=1200")).RequireOk();
        (await silo.Api.GetAsync($"{route}?simulateReqCost=1100")).RequireOk();
        JsonNode? row = null;
        await Eventually.TrueAsync(
            async () => (int?)(row = (await silo.Api.GetAsync("/api/v1/slow-api-count/do/list")).RequireOk().Data!.AsArray().SingleOrDefault(found => (string?)found!["reqRoute"] == route))?["count"] == 2,
            "two slow calls are counted");

        ((long)row!["maxCost"]!).Should().BeInRange(1100, 120_000);
        ((long)row["totalCost"]!).Should().BeInRange(2100, 240_000);
        (await silo.Api.GetAsync($"/api/v1/slow-api-count/{row["id"]}/do/delete")).RequireOk();
        (await silo.Api.GetAsync($"/api/v1/slow-api-count/{row["id"]}/do/delete")).Status.Should().Be(HttpStatusCode.NotFound);
        (await silo.Api.GetAsync("/api/v1/slow-api-count/do/clear")).RequireOk();
        (await silo.Api.GetAsync($"{route}?simulateReqCost=0")).Status.Should().Be(HttpStatusCode.BadRequest);
    }
}
