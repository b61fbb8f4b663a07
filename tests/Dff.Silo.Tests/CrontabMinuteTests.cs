using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What a real minute brings: set up on both stores at once, so that all tests wait for the same one.</summary>
[Trait("Waits", "minutes")]
public sealed class CrontabMinuteTests(CrontabMinute minute) : IClassFixture<CrontabMinute>
{
    private static readonly TimeSpan TwoMinutes = TimeSpan.FromMinutes(2.5);

    [Theory]
    [InlineData("SQLite")]
    [InlineData("MariaDB")]
    public async Task A_minute_runs_once_and_not_where_the_config_is_disabled_expired_or_without_its_function(string store)
    {
        var on = minute.On(store);
        await Eventually.TrueAsync(async () => (await on.TasksAsync("runs")).Any(task => (string?)task!["status"] == "success"), "the minute has run", TwoMinutes);
        await Eventually.TrueAsync(async () => (await on.SkipsAsync("lost")).Count > 0, "the missing function is recorded", TwoMinutes);
        await Eventually.TrueAsync(async () => (await on.SkipsAsync("expires")).Count > 0, "the expiry is recorded", TwoMinutes);

        var task = (await on.TasksAsync("runs"))[^1]!;
        var moment = (DateTimeOffset)task["triggerTime"]!;
        (moment.Second, moment.Millisecond, (string?)task["crontab"]).Should().Be((0, 0, "* * * * *"));
        ((string?)task["id"]).Should().Be($"cron-{on.Configs["runs"]}-{moment.ToUnixTimeSeconds()}");
        var result = (await on.Api.GetAsync($"/api/v1/func-result?taskId={task["id"]}")).RequireOk().Data!["result"]!;
        ((long)result).Should().Be(moment.ToUnixTimeSeconds(), "the script sees the scheduled moment");
        var lost = await on.SkipsAsync("lost");
        ((string?)lost[0]!["reason"], (int)lost[0]!["count"]!).Should().Be(("functionMissing", lost.Sum(skip => (int)skip!["count"]!)));
        ((string?)(await on.SkipsAsync("expires")).Should().ContainSingle().Subject!["reason"]).Should().Be("expired");

        // All of these had been prepared when they were changed.
        await Eventually.TrueAsync(async () => (await on.TasksAsync("changed")).Any(run => (string?)run!["status"] == "success"), "the changed one has run", TwoMinutes);
        foreach (var run in (await on.TasksAsync("changed")).Where(run => (string?)run!["status"] == "success"))
            ((string?)(await on.Api.GetAsync($"/api/v1/func-result?taskId={run!["id"]}")).RequireOk().Data!["result"]).Should().Be("after", "it runs as it is at its moment");
        (await on.TasksAsync("deleted")).Should().BeEmpty();
        (await on.TasksAsync("disabledLate")).Should().BeEmpty();
        ((string?)(await on.SkipsAsync("disabledLate")).Should().ContainSingle().Subject!["reason"]).Should().Be("disabled");

        (await on.ModifyAsync("disabled", new { isDisabled = false })).RequireOk();
        var skip = (await on.SkipsAsync("disabled")).Should().ContainSingle().Subject!;
        ((string?)skip["reason"], (int)skip["count"]! >= 1).Should().Be(("disabled", true));
        foreach (var name in (string[])["disabled", "expires", "lost"])
            (await on.TasksAsync(name)).Where(run => (DateTimeOffset)run!["triggerTime"]! <= (DateTimeOffset)skip["to"]!).Should().BeEmpty();
    }

    [Theory]
    [InlineData("SQLite")]
    [InlineData("MariaDB")]
    public async Task A_minute_that_comes_while_an_earlier_run_goes_on_follows_the_overlap_policy(string store)
    {
        var on = minute.On(store);
        await Eventually.TrueAsync(async () => (await on.SkipsAsync("skip")).Any(skip => (string?)skip!["reason"] == "overlap"), "the moment is left out", TwoMinutes);
        await Eventually.TrueAsync(async () => (await on.TasksAsync("allow")).Count(task => (string?)task!["status"] == "pending") >= 2, "it runs beside the other", TwoMinutes);
        await Eventually.TrueAsync(async () => (await on.TasksAsync("queue")).Count >= 2, "it waits", TwoMinutes);
        var queued = await on.TasksAsync("queue");
        ((string?)queued.Single(task => (string?)task!["id"] == on.FirstRuns["queue"])!["taskStatus"]).Should().Be("running", "the first goes on");
        queued.Where(task => (string?)task!["id"] != on.FirstRuns["queue"]).Should().OnlyContain(task => (string?)task!["status"] == "queued");
        (await on.TasksAsync("skip")).Should().ContainSingle();

        (await on.Api.PostAsync($"/api/v1/tasks/{on.FirstRuns["queue"]}/do/cancel", new { })).RequireOk();
        await Eventually.TrueAsync(async () => (await on.TasksAsync("queue")).Any(task => (string?)task!["status"] == "pending"), "the next one has begun");
    }
}

public sealed class CrontabMinute(SqliteSilo sqlite, MariaDbSilo mariaDb) : IAsyncLifetime
{
    private readonly Dictionary<string, MinutelyConfigs> _stores = new() { ["SQLite"] = new MinutelyConfigs(sqlite.Api), ["MariaDB"] = new MinutelyConfigs(mariaDb.Api) };

    public MinutelyConfigs On(string store) => _stores[store];

    public async ValueTask InitializeAsync() => await Task.WhenAll(_stores.Values.Select(configs => configs.AddAllAsync()));

    public async ValueTask DisposeAsync() => await Task.WhenAll(_stores.Values.Select(configs => configs.DeleteAllAsync()));
}

/// <summary>Configs of every minute on one silo, by what is to become of them.</summary>
public sealed class MinutelyConfigs(ApiClient api)
{
    private const string Code =
        """
        @DFF.API('F')
        def f(x=1):
            return _DFF_TRIGGER_TIME
        @DFF.API('Echo')
        def echo(x):
            return x
        @DFF.API('Slow', timeout=600)
        def slow():
            import time
            time.sleep(500)
        """;

    /// <summary>Before a minute: what is prepared for it ahead, is then prepared as soon as it is added, and there is time enough to change it.</summary>
    private static readonly (int First, int Last) Ahead = (24, 40);

    private readonly Dictionary<string, string> _configs = [];
    private readonly Dictionary<string, string> _firstRuns = [];

    public ApiClient Api => api;

    public IReadOnlyDictionary<string, string> Configs => _configs;

    /// <summary>Runs that were begun by hand, and go on.</summary>
    public IReadOnlyDictionary<string, string> FirstRuns => _firstRuns;

    public async Task AddAllAsync()
    {
        var (script, gone) = ($"minute_{Guid.NewGuid():N}__a", $"minute_{Guid.NewGuid():N}__a");
        await api.PublishAsync(script, Code);
        await api.PublishAsync(gone, Code);
        await Eventually.TrueAsync(() => DateTimeOffset.UtcNow.Second is var second && second >= Ahead.First && second <= Ahead.Last, "the next minute is near", TimeSpan.FromSeconds(61));
        await AddAsync("changed", new { funcId = $"{script}.echo", funcCallKwargsJSON = new { x = "before" }, crontab = "* * * * *", saveResult = true });
        await AddAsync("disabledLate", new { funcId = $"{script}.echo", funcCallKwargsJSON = new { x = "disabled" }, crontab = "* * * * *" });
        await AddAsync("deleted", new { funcId = $"{script}.echo", funcCallKwargsJSON = new { x = "deleted" }, crontab = "* * * * *" });
        (await ModifyAsync("changed", new { funcCallKwargsJSON = new { x = "after" } })).RequireOk();
        (await ModifyAsync("disabledLate", new { isDisabled = true })).RequireOk();
        await DeleteAsync("deleted");
        foreach (var overlapPolicy in (string[])["skip", "allow", "queue"])
        {
            await AddAsync(overlapPolicy, new { funcId = $"{script}.slow", funcCallKwargsJSON = new { }, crontab = "* * * * *", scope = $"{script}{overlapPolicy}", overlapPolicy, isDisabled = true });
            _firstRuns[overlapPolicy] = (string)(await api.PostAsync($"/api/v1/cron/{_configs[overlapPolicy]}", new { })).RequireOk().Data!["taskId"]!;
            await Eventually.TrueAsync(async () => (string?)(await TasksAsync(overlapPolicy))[0]!["status"] == "pending", "it runs");
            (await ModifyAsync(overlapPolicy, new { isDisabled = false })).RequireOk();
        }

        await AddAsync("runs", new { funcId = $"{script}.f", funcCallKwargsJSON = new { x = 1 }, crontab = "* * * * *", saveResult = true });
        await AddAsync("disabled", new { funcId = $"{script}.f", funcCallKwargsJSON = new { x = 1 }, crontab = "* * * * *", scope = script, isDisabled = true });
        await AddAsync("expires", new { funcId = $"{script}.f", funcCallKwargsJSON = new { x = 2 }, crontab = "* * * * *", scope = script, expireTime = DateTimeOffset.UtcNow.AddSeconds(1).ToString("O") });
        await AddAsync("lost", new { funcId = $"{gone}.f", funcCallKwargsJSON = new { x = 3 }, crontab = "* * * * *", scope = script });
        (await api.GetAsync($"/api/v1/scripts/{gone}/do/delete")).RequireOk();
    }

    public async Task DeleteAllAsync()
    {
        foreach (var name in _configs.Keys)
        {
            if (name != "deleted") await DeleteAsync(name);
            foreach (var task in (await TasksAsync(name)).Where(task => (string?)task!["status"] is "queued" or "pending")) await api.PostAsync($"/api/v1/tasks/{task!["id"]}/do/cancel", new { });
        }
    }

    public Task<ApiAnswer> ModifyAsync(string name, object data) => api.PostAsync($"/api/v1/crontab-configs/{_configs[name]}/do/modify", new { data });

    public async Task<JsonArray> TasksAsync(string name) => (await api.GetAsync($"/api/v1/crontab-task-info/do/list?crontabConfigId={_configs[name]}&noPage=true")).RequireOk().Data!.AsArray();

    public async Task<JsonArray> SkipsAsync(string name) => (await api.GetAsync($"/api/v1/crontab-configs/{_configs[name]}/skips?noPage=true")).RequireOk().Data!.AsArray();

    private async Task DeleteAsync(string name) => (await api.GetAsync($"/api/v1/crontab-configs/{_configs[name]}/do/delete")).RequireOk();

    private async Task AddAsync(string name, object data) => _configs[name] = (string)(await api.PostAsync("/api/v1/crontab-configs/do/add", new { data })).RequireOk().Data!["id"]!;
}
