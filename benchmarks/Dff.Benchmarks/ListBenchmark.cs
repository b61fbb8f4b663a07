using System.Security.Cryptography;
using Dapper;
using Dff.Storage.Connections;
using Dff.Testing;

namespace Dff.Benchmarks;

internal sealed class ListBenchmark : IBenchmark
{
    private const int Scripts = 10_000;

    private static readonly IReadOnlyList<(string Name, string Query)> Pages =
    [
        ("first page", "pageSize=20"),
        ("search that finds few", "pageSize=20&_fuzzySearch=number%204711"),
        ("search that finds many", "pageSize=20&_fuzzySearch=REPORT"),
        ("search, page 20", "pageSize=20&pageNumber=20&_fuzzySearch=report"),
    ];

    public string Name => "list";

    public async Task RunAsync(Plan plan, Report report)
    {
        report.Section("A list of 10,000 scripts", "`GET /api/v1/scripts/do/list`, pages of 20, one connection.");
        report.Table("store", "list", "p50", "p99");
        using var directory = new TestDirectory();
        await MeasureAsync(plan, report, "SQLite", directory.Path, [], new StoreOptions { Kind = StoreKind.Sqlite, SqlitePath = directory.Combine("dff.db") });
        await using var server = await MariaDbServer.StartAsync();
        var options = new StoreOptions
        {
            Kind = StoreKind.MySql,
            Host = server.Host,
            Port = server.Port,
            User = server.User,
            Password = server.Password,
            Database = await server.CreateDatabaseAsync(),
        };
        using var other = new TestDirectory();
        var settings = new Dictionary<string, string>(server.SettingsOf(options.Database)) { ["SECRET"] = RandomNumberGenerator.GetHexString(32) };
        await MeasureAsync(plan, report, "MariaDB", other.Path, settings, options);
    }

    private static async Task MeasureAsync(Plan plan, Report report, string name, string directory, Dictionary<string, string> settings, StoreOptions options)
    {
        await using var silo = await SiloProcess.StartAsync(directory, settings);
        await using (var database = new StoreDatabase(options)) await FillAsync(database);
        foreach (var (page, query) in Pages)
        {
            var url = $"http://127.0.0.1:{silo.WebPort}/api/v1/scripts/do/list?{query}";
            var loads = new List<Load>();
            await Wrk.RunAsync(url, 1, plan.Round, token: silo.Api.Token);
            for (var round = 0; round < plan.Rounds; round++) loads.Add(await Wrk.RunAsync(url, 1, plan.Round, token: silo.Api.Token));
            if (loads.Any(load => load.Failures > 0)) throw new InvalidOperationException($"lists failed: {query}");
            report.Row(name, page, $"{report.AtMost(loads.Select(load => load.Median.TotalMilliseconds).Median(), 20, "0.0")} ms", $"{loads.Select(load => load.Percentile99.TotalMilliseconds).Median().Text("0.0")} ms");
        }
    }

    /// <summary>Rows as grains write them, 100 sets of 100 scripts with 2 kB of code each; without the states, which lists do not read.</summary>
    private static Task FillAsync(StoreDatabase database) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var code = string.Concat(Enumerable.Repeat("# a line of code that stands for others\n", 50));
            foreach (var set in Enumerable.Range(0, Scripts / 100))
            {
                await connection.ExecuteAsync(
                    "INSERT INTO script_set (id, title, isPinned, searchText, createTime, updateTime, grainVersion) VALUES (@id, @id, 0, @id, 0, 0, 1)", new { id = $"set{set}" }, transaction);
            }

            foreach (var number in Enumerable.Range(0, Scripts))
            {
                var set = $"set{number % 100}";
                var (id, title) = ($"{set}__s{number}", $"Report number {number}");
                await connection.ExecuteAsync(
                    """
                    INSERT INTO script (id, scriptSetId, title, publishVersion, type, codeMD5, codeDraftMD5, searchText, createTime, updateTime, grainVersion)
                    VALUES (@id, @set, @title, 1, 'python', 'c', 'd', @search, @number, @number, 1)
                    """,
                    new { id, set, title, search = $"{id}\n{title}".ToLowerInvariant(), number },
                    transaction);
                await connection.ExecuteAsync("INSERT INTO script_code (id, code, codeDraft) VALUES (@id, @code, @code)", new { id, code }, transaction);
            }

            return true;
        },
        CancellationToken.None);
}
