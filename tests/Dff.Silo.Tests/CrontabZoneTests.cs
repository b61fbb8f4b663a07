using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>The zone of configs that name none.</summary>
public sealed class CrontabZoneTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task The_default_zone_is_that_of_the_first_set_up_whatever_TIMEZONE_says_later()
    {
        await using (var first = await SiloProcess.StartAsync(_directory.Path, new Dictionary<string, string> { ["TIMEZONE"] = "Asia/Tokyo" }))
            (await first.StopAsync()).Should().Be(0);

        await using var second = await SiloProcess.StartAsync(_directory.Path, new Dictionary<string, string> { ["TIMEZONE"] = "Europe/Berlin" });
        await second.Api.PublishAsync("zone__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        var added = await second.Api.PostAsync("/api/v1/crontab-configs/do/add", new { data = new { funcId = "zone__a.f", funcCallKwargsJSON = new { }, crontab = "0 9 * * *" } });

        var next = (await second.Api.GetAsync($"/api/v1/crontab-configs/{added.RequireOk().Data!["id"]}/next-runs?count=1")).RequireOk().Data!;
        ((string?)next["timezone"], (string?)next["runs"]![0]).Should().Match<(string? Zone, string? Run)>(answer => answer.Zone == "Asia/Tokyo" && answer.Run!.EndsWith("T00:00:00.000Z"));
    }

    public void Dispose() => _directory.Dispose();
}
