using System.Collections.Concurrent;
using System.Diagnostics;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>Crontab configs while nodes die at random: each moment of each config is one task.</summary>
[Trait("Waits", "minutes")]
public sealed class CrontabClusterTests(Servers servers)
{
    private static readonly int Configs = TestSize.Of(1000);
    private static readonly int Minutes = TestSize.IsFull ? 5 : 2;
    private const int MostSecondsBetweenKills = 20;

    /// <summary>After the last minute: what a killed node was to run comes with the next tick of its reminder.</summary>
    private static readonly TimeSpan MostLate = TimeSpan.FromMinutes(2.5);

    [Fact]
    public async Task Each_minute_of_each_config_is_one_task_while_nodes_are_killed_at_random()
    {
        using var ledger = new TaskLedger();
        await using var cluster = await TestCluster.StartAsync(servers, 3);
        var alive = cluster.Silos.ToList();
        await TaskLedger.PublishAsync(alive[0].Api);
        var configs = await AddAsync(alive[0].Api, ledger);
        var first = NextMinute(DateTimeOffset.UtcNow);
        var last = first.AddMinutes(Minutes - 1);

        var random = new Random(20261128);
        var kills = 0;
        while (DateTimeOffset.UtcNow < last)
        {
            var victim = alive[random.Next(alive.Count)];
            await victim.KillAsync();
            kills++;
            alive.Remove(victim);
            alive.Add(await cluster.AddAsync());
            await Task.Delay(TimeSpan.FromSeconds(random.Next(1, MostSecondsBetweenKills)));
        }

        var began = Stopwatch.GetTimestamp();
        var moments = new Dictionary<string, IReadOnlyList<(DateTimeOffset Moment, string Id)>>();
        foreach (var config in configs)
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    // A node that has just been replaced makes answers fail for a while.
                    if (await FindRunsAsync(alive[0].Api, config) is not { } runs) return false;
                    moments[config] = runs;
                    return runs.Any(run => run.Moment == last);
                },
                $"the last minute of {config} has come",
                MostLate);
        }

        Report($"{Configs} configs, {kills} nodes killed; the last minute had come to all {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s after the last node had been killed and replaced");
        var expected = Enumerable.Range(0, Minutes).Select(minute => first.AddMinutes(minute)).ToList();
        foreach (var (config, runs) in moments) runs.Select(run => run.Moment).Where(moment => moment >= first && moment <= last).Order().Should().Equal(expected, config);
        foreach (var config in configs) (await SkipsAsync(alive[0].Api, config)).Should().Be(0, "all of them run");
        var ids = moments.Values.SelectMany(runs => runs).Where(run => run.Moment <= last).Select(run => run.Id).ToList();
        await Eventually.TrueAsync(() => ids.TrueForAll(ledger.Begins().ContainsKey), "all have begun");
        var repeated = ledger.Begins().Values.Count(count => count > 1);
        repeated.Should().BeLessThanOrEqualTo(4 * kills, "only what ran on a killed node began again");
        Report($"{ids.Count} tasks, {repeated} of them ran twice");
    }

    private static async Task<IReadOnlyList<string>> AddAsync(ApiClient api, TaskLedger ledger)
    {
        var configs = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Configs), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            var data = new { funcId = $"{TaskLedger.ScriptId}.note", funcCallKwargsJSON = new { path = ledger.Path }, crontab = "* * * * *", timezone = "UTC", scope = $"s{number}", misfirePolicy = "all", overlapPolicy = "allow" };
            configs.Add((string)(await api.PostAsync("/api/v1/crontab-configs/do/add", new { data })).RequireOk().Data!["id"]!);
        });
        return [.. configs];
    }

    private static async Task<IReadOnlyList<(DateTimeOffset Moment, string Id)>?> FindRunsAsync(ApiClient api, string config)
    {
        var answer = await api.GetAsync($"/api/v1/crontab-task-info/do/list?crontabConfigId={config}&noPage=true");
        if (!answer.IsOk && (int)answer.Status >= 500) return null;
        return [.. answer.RequireOk().Data!.AsArray().Select(run => ((DateTimeOffset)run!["triggerTime"]!, (string)run["id"]!))];
    }

    private static async Task<int> SkipsAsync(ApiClient api, string config) => (await api.GetAsync($"/api/v1/crontab-configs/{config}/skips?noPage=true")).RequireOk().Data!.AsArray().Count;

    private static DateTimeOffset NextMinute(DateTimeOffset now) => DateTimeOffset.FromUnixTimeSeconds(((now.ToUnixTimeSeconds() / 60) + 1) * 60);

    private static void Report(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
