using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>What the set-up page is told of a store and a cluster that come and go.</summary>
public sealed class SetupStatusTests
{
    [Fact]
    public async Task The_set_up_says_what_of_its_surroundings_does_not_answer()
    {
        await using var database = await MariaDbServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        using var directory = new TestDirectory();
        var settings = new Dictionary<string, string>(database.SettingsOf(await database.CreateDatabaseAsync()))
        {
            ["SECRET"] = RandomNumberGenerator.GetHexString(32),
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
            ["REDIS_PASSWORD"] = redis.Password,
        };
        await using var silo = await SiloProcess.StartAsync(directory.Path, settings, isSetUp: false);
        var whole = await StatusAsync(silo);
        (whole["store"]!["ok"]!.GetValue<bool>(), whole["cluster"]!["ok"]!.GetValue<bool>(), whole["cluster"]!["kind"]!.GetValue<string>()).Should().Be((true, true, "redis"));

        await redis.KillAsync();
        var withoutRedis = await StatusAsync(silo);
        withoutRedis["store"]!["ok"]!.GetValue<bool>().Should().BeTrue();
        withoutRedis["cluster"]!["ok"]!.GetValue<bool>().Should().BeFalse();
        withoutRedis["cluster"]!["error"]!.GetValue<string>().Should().Contain("Redis does not answer");
        await redis.RestartAsync();
        await Eventually.TrueAsync(async () => (await StatusAsync(silo))["cluster"]!["ok"]!.GetValue<bool>(), "the cluster is there again");

        await database.KillAsync();
        var withoutStore = await StatusAsync(silo);
        withoutStore["store"]!["ok"]!.GetValue<bool>().Should().BeFalse();
        withoutStore["store"]!["error"]!.GetValue<string>().Should().Be("the store does not answer");
        await database.RestartAsync();
        await Eventually.TrueAsync(async () => (await StatusAsync(silo))["store"]!["ok"]!.GetValue<bool>(), "the store is there again");
    }

    private static async Task<JsonNode> StatusAsync(SiloProcess silo) => (await silo.Api.GetAsync("/api/v1/setup/do/status")).RequireOk().Data!;
}
