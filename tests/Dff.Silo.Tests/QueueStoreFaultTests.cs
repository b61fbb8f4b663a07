using System.Diagnostics;
using System.Security.Cryptography;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>The durable queue when what it writes to is away or full.</summary>
public sealed class QueueStoreFaultTests
{
    private const double Seconds = 0.2;
    private const int Processes = 10;

    private static readonly int Tasks = TestSize.Of(2000);

    [Fact]
    public async Task The_database_of_a_single_node_is_killed_and_comes_back_ten_seconds_later()
    {
        await using var server = await MariaDbServer.StartAsync();
        using var directory = new TestDirectory();
        using var ledger = new TaskLedger();
        await using var silo = await SiloProcess.StartAsync(directory.Path, await SettingsAsync(server));
        await TaskLedger.PublishAsync(silo.Api);
        var enqueueing = ledger.EnqueueThroughAsync(silo.Api, Tasks, Seconds);
        var finished = await ledger.AmidWorkAsync(Tasks / 4, silo.Api);

        await server.KillAsync();
        await Eventually.TrueAsync(async () => !(await ledger.TryEnqueueAsync(silo.Api, Seconds)).IsOk, "the node says so");
        await Task.Delay(TimeSpan.FromSeconds(10));
        await server.RestartAsync();

        await RequireNothingLostAsync(ledger, silo, enqueueing, finished);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_disk_refuses_tasks_and_loses_none(bool isMariaDb)
    {
        using var disk = new TinyDisk(isMariaDb ? 400 : 64);
        await using var server = isMariaDb ? await MariaDbServer.StartAsync(dataDirectory: Path.Combine(disk.Path, "mysql")) : null;
        using var directory = new TestDirectory();
        using var ledger = new TaskLedger();
        await using var silo = server is null ? await SiloProcess.StartAsync(disk.Path) : await SiloProcess.StartAsync(directory.Path, await SettingsAsync(server));
        await TaskLedger.PublishAsync(silo.Api);
        var enqueueing = ledger.EnqueueThroughAsync(silo.Api, Tasks, Seconds);
        var finished = await ledger.AmidWorkAsync(Tasks / 4, silo.Api);

        disk.Fill();
        ApiAnswer? refused = null;
        await Eventually.TrueAsync(async () => (refused = await ledger.TryEnqueueAsync(silo.Api, Seconds, ballast: 250_000)).Reason == "ESysDB", "it says that the disk is full");
        // MariaDB may end itself when it finds no space.
        if (server is not { HasExited: true }) refused!.Text.Should().Contain("no space");
        (await silo.Api.CallAsync($"{TaskLedger.ScriptId}.note", new { path = ledger.Path, seconds = 0 })).RequireOk();
        silo.HasExited.Should().BeFalse();
        disk.Free();
        if (server is { HasExited: true }) await server.RestartAsync();

        await RequireNothingLostAsync(ledger, silo, enqueueing, finished);
    }

    private static async Task RequireNothingLostAsync(TaskLedger ledger, SiloProcess silo, Task enqueueing, IReadOnlyDictionary<string, string> finished)
    {
        var began = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(async () => (await ledger.TryEnqueueAsync(silo.Api)).IsOk, "a task is accepted");
        Report($"a task was accepted {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after it was over");
        await enqueueing;
        var results = await ledger.FinishAllAsync(silo.Api);
        ledger.Faults(results, finished, Processes).Should().BeEmpty();
        Report($"{ledger.Refused} calls were refused, {ledger.Begins().Values.Count(count => count > 1)} tasks ran twice");
    }

    private static void Report(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    private static async Task<IReadOnlyDictionary<string, string>> SettingsAsync(MariaDbServer server) =>
        new Dictionary<string, string>(server.SettingsOf(await server.CreateDatabaseAsync())) { ["SECRET"] = RandomNumberGenerator.GetHexString(32) };
}
