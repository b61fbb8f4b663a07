using System.Diagnostics;
using System.Globalization;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Data.Sqlite;

namespace Dff.Silo.Tests;

/// <summary>A node that is killed while it imports leaves all of it or nothing.</summary>
public sealed class PackageCrashTests(MariaDbSilo shared)
{
    private const string Import = "/api/v1/script-sets/do/import";

    private static readonly int Scripts = TestSize.IsFull ? 500 : 150;
    private static readonly int Kills = TestSize.IsFull ? 12 : 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kill_at_any_moment_leaves_the_old_or_the_new(bool onServer)
    {
        using var directory = new TestDirectory();
        var settings = onServer ? await shared.NewDatabaseAsync() : [];
        SiloProcess? silo = await SiloProcess.StartAsync(directory.Path, settings);
        try
        {
            (await silo.Api.UploadAsync(Import, File(0))).RequireOk();
            var began = Stopwatch.GetTimestamp();
            (await silo.Api.UploadAsync(Import, File(1))).RequireOk();
            var whole = Stopwatch.GetElapsedTime(began);
            for (var (round, last) = (2, 1); round < Kills + 2; round++)
            {
                var import = silo.Api.UploadAsync(Import, File(round));
                await Task.WhenAny(import, Task.Delay(whole * (round - 1.5) / Kills));
                await silo.KillAsync();
                await Task.WhenAny(import);
                // The killed node would keep others out for 20 s.
                if (onServer) await shared.Server.ExecuteAsync($"DELETE FROM {settings["MYSQL_DATABASE"]}.silo_owner");
                await silo.DisposeAsync();
                silo = null;
                silo = await SiloProcess.StartAsync(directory.Path, settings);

                var results = await Task.WhenAll(Enumerable.Range(0, Scripts).Chunk(Scripts / 5).Select(some => ResultsAsync(silo.Api, some)));
                var seen = results.SelectMany(some => some).Distinct().Should().ContainSingle("all of it or nothing").Subject;
                seen.Should().BeOneOf($"round {last}", $"round {round}");
                if (import.IsCompletedSuccessfully && (await import).IsOk) seen.Should().Be($"round {round}", "it was answered");
                last = seen == $"round {round}" ? round : last;
                (await silo.Api.PostAsync("/api/v1/al/crash", new { })).RequireOk().Text.Should().Be($"{seen} link", "the links came with the scripts");
                var drafts = (await silo.Api.GetAsync("/api/v1/scripts/do/list?scriptSetId=pkg_crash&_withCodeDraft=true&noPage=true")).RequireOk().Data!.AsArray();
                drafts.Should().OnlyContain(row => ((string)row!["codeDraft"]!).Contains($"'{seen}'", StringComparison.Ordinal));
                (await silo.Api.PostAsync("/api/v1/scripts/pkg_crash__s0/do/modify", new { data = new { title = seen } })).RequireOk();
            }
        }
        finally
        {
            if (silo is not null) await silo.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_was_to_follow_an_import_follows_after_the_crash()
    {
        using var directory = new TestDirectory();
        string importId;
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            // Its row cannot be written, so the config cannot be finished, while the import is committed.
            await ExecuteAsync(directory, "CREATE TRIGGER refuse BEFORE INSERT ON crontab_config BEGIN SELECT RAISE(ABORT, 'refused by the test'); END");
            var imported = (await silo.Api.UploadAsync(Import, File(7))).RequireOk().Data!;
            importId = (string)imported["id"]!;
            (await StatusAsync(silo.Api, importId)).Should().Be("inProgress");
            ((string?)(await silo.Api.CallAsync("pkg_crash__s0.f")).RequireOk().Data!["result"]).Should().Be("round 7");
            await silo.KillAsync();
        }

        await ExecuteAsync(directory, "DROP TRIGGER refuse");
        await using var again = await SiloProcess.StartAsync(directory.Path);

        await Eventually.TrueAsync(async () => await StatusAsync(again.Api, importId) == "done", "the config has followed");
        var config = (await again.Api.GetAsync("/api/v1/crontab-configs/do/list?id=cron-crash")).RequireOk().Data!.AsArray();
        ((string?)config.Should().ContainSingle().Subject!["note"]).Should().Be("round 7");
        (await again.Api.GetAsync("/api/v1/crontab-configs/cron-crash/next-runs?count=1")).RequireOk().Data!["runs"]!.AsArray().Should().ContainSingle();
    }

    private static async Task<string[]> ResultsAsync(ApiClient api, int[] numbers)
    {
        var results = new List<string>();
        foreach (var number in numbers) results.Add((string)(await api.CallAsync($"pkg_crash__s{number}.f", options: new { apiTimeout = 60 })).RequireOk().Data!["result"]!);
        return [.. results];
    }

    private static async Task<string?> StatusAsync(ApiClient api, string importId) =>
        (string?)(await api.GetAsync($"/api/v1/script-set-import-history/do/list?id={importId}")).RequireOk().Data![0]!["status"];

    /// <summary>Of our format, with a link and a config beside the scripts.</summary>
    private static byte[] File(int round)
    {
        var names = Enumerable.Range(0, Scripts).Select(number => $"s{number}").ToList();
        var package = PackageTests.Package("pkg_crash", [.. names.Select(name => (name, 1, "", new[] { "f", "link" }))]);
        package["format"] = "dff-package";
        package["version"] = 1;
        package["parts"] = System.Text.Json.Nodes.JsonNode.Parse(
            $$"""
            {
              "authLinks": [{"id": "auln-crash", "funcId": "pkg_crash__s1.link", "funcCallKwargsJSON": {}, "note": "round {{round}}"}],
              "crontabConfigs": [{"id": "cron-crash", "funcId": "pkg_crash__s2.f", "funcCallKwargsJSON": {}, "crontab": "0 0 1 1 *", "note": "round {{round}}"}]
            }
            """);
        var code = $"@DFF.API('F')\ndef f():\n    return 'round {round}'\n@DFF.API('L')\ndef link():\n    return 'round {round} link'\n";
        return LegacyPackage.Zip([("manifest.json", package.ToJsonString()), .. names.Select(name => ($"scripts/pkg_crash__{name}.py", code))]);
    }

    private static async Task ExecuteAsync(TestDirectory directory, string sql)
    {
        await using var connection = new SqliteConnection(string.Create(CultureInfo.InvariantCulture, $"Data Source={directory.Combine("dff.db")};Pooling=False"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
