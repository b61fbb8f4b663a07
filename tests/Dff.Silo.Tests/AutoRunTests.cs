using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Functions that run by themselves.</summary>
public sealed class AutoRunTests
{
    private const string Code =
        """
        import os
        def note(what):
            file = os.open(PATH, os.O_WRONLY | os.O_APPEND)
            os.write(file, f'{what} {_DFF_ORIGIN} {_DFF_EXEC_MODE}\n'.encode())
            os.close(file)
        @DFF.API('On publish', integration='autoRun', integration_config={'onPublish': True})
        def on_publish():
            note('publish')
        @DFF.API('On launch', integration='autoRun', integration_config={'onLaunch': True})
        def on_launch():
            note('launch')
        @DFF.API('Never', integration='autoRun', integration_config={'onLaunch': False})
        def never():
            note('never')
        """;

    [Fact]
    public async Task They_run_once_at_each_publish_and_once_at_each_start()
    {
        using var directory = new TestDirectory();
        using var notes = new NoteFile();
        var code = Code.Replace("PATH", $"'{notes.Path}'", StringComparison.Ordinal);
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            await silo.Api.PublishAsync("auto__a", code);
            await NotesAsync(notes, "publish integration auto");
            await silo.Api.PublishAsync("auto__a", code);
            await NotesAsync(notes, "publish integration auto", "publish integration auto");
            await IdleAsync(silo.Api);
            await silo.KillAsync();
        }

        await using var again = await SiloProcess.StartAsync(directory.Path);
        await NotesAsync(notes, "publish integration auto", "publish integration auto", "launch integration auto");
        (await again.StopAsync()).Should().Be(0);
        await using var third = await SiloProcess.StartAsync(directory.Path);
        await NotesAsync(notes, "publish integration auto", "publish integration auto", "launch integration auto", "launch integration auto");
    }

    [Fact]
    public async Task A_publish_that_a_crash_cut_short_runs_them_once_after_the_restart()
    {
        using var directory = new TestDirectory();
        using var notes = new NoteFile();
        var code = Code.Replace("PATH", $"'{notes.Path}'", StringComparison.Ordinal);
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            await silo.Api.PublishAsync("auto__a", code);
            await NotesAsync(notes, "publish integration auto");
            var publishing = silo.Api.PublishAsync("auto__a", code);
            await Eventually.TrueAsync(
                async () =>
                {
                    var version = (int)(await silo.Api.GetAsync("/api/v1/scripts/do/list?id=auto__a")).RequireOk().Data![0]!["publishVersion"]!;
                    return version == 2;
                },
                "the publish is stored");
            await silo.KillAsync();
            await publishing.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await using var again = await SiloProcess.StartAsync(directory.Path);
        await Eventually.TrueAsync(() => notes.Lines.Count(line => line.StartsWith("publish", StringComparison.Ordinal)) == 2, "what runs on a publish has run");
        await NotesAsync(notes, "publish integration auto", "publish integration auto", "launch integration auto");
    }

    [Fact]
    public async Task A_schedule_of_its_own_is_a_crontab_config_that_follows_its_function()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);
        await silo.Api.PublishAsync("auto__c", Scheduled("0 9 * * *"));
        var config = (await ConfigsAsync(silo.Api)).Should().ContainSingle().Subject;
        var id = (string)config["id"]!;
        ((string?)config["origin"], (string?)config["funcId"], (string?)config["fixedCrontab"]).Should().Be(("INTEGRATION", "auto__c.f", "0 9 * * *"));
        ((string?)(await silo.Api.GetAsync($"/api/v1/crontab-configs/{id}/next-runs")).RequireOk().Data!["crontab"]).Should().Be("0 9 * * *");

        var refused = await silo.Api.PostAsync($"/api/v1/crontab-configs/{id}/do/modify", new { data = new { crontab = "* * * * *" } });
        refused.Reason.Should().Be("EBizCondition.MadeByFunction");
        (await silo.Api.GetAsync($"/api/v1/crontab-configs/{id}/do/delete")).Reason.Should().Be("EBizCondition.MadeByFunction");
        (await silo.Api.PostAsync($"/api/v1/crontab-configs/{id}/do/modify", new { data = new { isDisabled = true } })).RequireOk();

        await silo.Api.PublishAsync("auto__c", Scheduled("30 9 * * *"));
        await Eventually.TrueAsync(async () => (await ConfigsAsync(silo.Api)).Single() is var now && (string?)now["fixedCrontab"] == "30 9 * * *" && (bool)now["isDisabled"]!, "the schedule is followed");
        await silo.Api.PublishAsync("auto__c", "@DFF.API('F')\ndef f():\n    pass\n");
        await Eventually.TrueAsync(async () => (await ConfigsAsync(silo.Api)).Count == 0, "the config has gone with its schedule");

        static string Scheduled(string crontab) => $"@DFF.API('F', integration='autoRun', integration_config={{'crontab': '{crontab}'}})\ndef f():\n    pass\n";
    }

    /// <summary>Waits for these lines; one that came twice is seen by the next look.</summary>
    private static async Task NotesAsync(NoteFile notes, params string[] lines)
    {
        await Eventually.TrueAsync(() => notes.Lines.Count >= lines.Length, $"{lines.Length} runs");
        notes.Lines.Order(StringComparer.Ordinal).Should().Equal(lines.Order(StringComparer.Ordinal));
    }

    /// <summary>What was running at a kill would rightly run again.</summary>
    private static Task IdleAsync(ApiClient api) => Eventually.TrueAsync(
        async () => (await api.GetAsync("/api/v1/worker-queues/do/list")).RequireOk().Data!.AsArray().All(queue => (int)queue!["ready"]! + (int)queue["running"]! == 0),
        "the end of what ran is committed");

    private static async Task<List<System.Text.Json.Nodes.JsonNode>> ConfigsAsync(ApiClient api) =>
        [.. (await api.GetAsync("/api/v1/crontab-configs/do/list?origin=INTEGRATION")).RequireOk().Data!.AsArray().Select(row => row!)];
}
