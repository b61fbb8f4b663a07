using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>A silo that is killed over a scheduled moment: afterwards each moment has run or is covered by a skip record, none both, none twice.</summary>
[Trait("Waits", "minutes")]
public sealed class CrontabCrashTests(MariaDbSilo shared)
{
    private const string Code = "@DFF.API('F')\ndef f():\n    return _DFF_TRIGGER_TIME\n";

    /// <summary>Moments that pass while nobody is there.</summary>
    private static readonly int Missed = TestSize.IsFull ? 3 : 2;

    private static readonly TimeSpan MostMinutes = TimeSpan.FromMinutes(2.5 + Missed);

    /// <summary>Both stores at once: the minutes are the same.</summary>
    [Fact]
    public async Task No_moment_is_lost_or_run_twice_over_a_crash() =>
        await Task.WhenAll(CrashAsync(new Dictionary<string, string>()), CrashAsync(await shared.NewDatabaseAsync()));

    private static async Task CrashAsync(IReadOnlyDictionary<string, string> settings)
    {
        using var directory = new TestDirectory();
        var configs = new Dictionary<string, DateTimeOffset>();
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            await silo.Api.PublishAsync("crash__a", Code);
            foreach (var policy in (string[])["once", "all", "skip"]) await AddAsync(silo.Api, policy, policy);
            foreach (var row in (await silo.Api.GetAsync("/api/v1/crontab-configs/do/list?sort=seq")).RequireOk().Data!.AsArray()) configs.Add((string)row!["id"]!, (DateTimeOffset)row["createTime"]!);
            await silo.KillAsync();
        }

        // With time for the kill, and for the entry of the killed node, which keeps others out of a server for 20 s.
        var until = DateTimeOffset.FromUnixTimeSeconds((((configs.Values.Max().ToUnixTimeSeconds() + 25) / 60) + Missed) * 60);
        await Eventually.TrueAsync(() => DateTimeOffset.UtcNow >= until.AddSeconds(1), "a minute has begun", MostMinutes);

        await using var restarted = await SiloProcess.StartAsync(directory.Path, settings);
        foreach (var (id, since) in configs)
        {
            await Eventually.TrueAsync(async () => (await HandledAsync(restarted.Api, id)).Contains(until), $"{id} has caught up", MostMinutes);
            var handled = (await HandledAsync(restarted.Api, id)).Order().ToList();
            var last = handled[^1];
            var expected = Minutes(since, last).ToList();
            handled.Should().Equal(expected, $"each minute of {id} runs or is covered once");
        }

        var (once, all, skip) = (configs.Keys.ElementAt(0), configs.Keys.ElementAt(1), configs.Keys.ElementAt(2));
        (await SkipsAsync(restarted.Api, all)).Should().BeEmpty("it catches up on all");
        await Eventually.TrueAsync(async () => (await TasksAsync(restarted.Api, all)).All(task => (string?)task!["status"] == "success"), "what waited has run");
        var tasks = (await TasksAsync(restarted.Api, all)).OrderBy(task => (DateTimeOffset)task!["triggerTime"]!).ToList();
        tasks.Count.Should().BeGreaterThan(1);
        tasks.Skip(1).Zip(tasks, (later, earlier) => (DateTimeOffset)later!["startTime"]! >= (DateTimeOffset)earlier!["endTime"]!).Should().OnlyContain(isAfter => isAfter, "one after the other");
        foreach (var id in (string[])[once, skip])
            (await SkipsAsync(restarted.Api, id)).Select(record => (string?)record!["reason"]).Should().Equal(["misfire"], "the earlier minute is recorded, once");
    }

    private static async Task AddAsync(ApiClient api, string scope, string misfirePolicy) => (await api.PostAsync(
        "/api/v1/crontab-configs/do/add",
        new { data = new { funcId = "crash__a.f", funcCallKwargsJSON = new { }, crontab = "* * * * *", timezone = "UTC", scope, misfirePolicy } })).RequireOk();

    /// <summary>The moments that ran, and those that skip records cover.</summary>
    private static async Task<IReadOnlyList<DateTimeOffset>> HandledAsync(ApiClient api, string id)
    {
        var runs = (await TasksAsync(api, id)).Select(task => (DateTimeOffset)task!["triggerTime"]!);
        var skips = await SkipsAsync(api, id);
        var covered = skips.SelectMany(skip => Minutes(((DateTimeOffset)skip!["from"]!).AddTicks(-1), (DateTimeOffset)skip["to"]!)).ToList();
        covered.Count.Should().Be(skips.Sum(skip => (int)skip!["count"]!));
        return [.. runs, .. covered];
    }

    private static async Task<JsonArray> TasksAsync(ApiClient api, string id) =>
        (await api.GetAsync($"/api/v1/crontab-task-info/do/list?crontabConfigId={id}&noPage=true")).RequireOk().Data!.AsArray();

    private static async Task<JsonArray> SkipsAsync(ApiClient api, string id) => (await api.GetAsync($"/api/v1/crontab-configs/{id}/skips?noPage=true")).RequireOk().Data!.AsArray();

    private static IEnumerable<DateTimeOffset> Minutes(DateTimeOffset after, DateTimeOffset until)
    {
        for (var minute = DateTimeOffset.FromUnixTimeSeconds(((after.ToUnixTimeSeconds() / 60) + 1) * 60); minute <= until; minute = minute.AddMinutes(1)) yield return minute;
    }
}
