using System.Diagnostics;
using System.Security.Cryptography;
using Dff.Storage.Connections;
using Dff.Storage.Secrets;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>Every route that reads, on a store that holds much.</summary>
internal sealed class ListBenchmark : IBenchmark
{
    private const int MostMilliseconds = 20;
    private const int MostMillisecondsOfRecord = 5;
    private const int MostMillisecondsOfSignIn = 300;
    private const int Shown = 12;
    private const int WarmUps = 3;
    private const int SignIns = 11;

    /// <summary>What is far beyond its limit needs no more requests to tell so.</summary>
    private static readonly TimeSpan LongestMeasured = TimeSpan.FromSeconds(2);

    /// <summary>Nothing of what was filled in goes while it is measured.</summary>
    private const string RowLimits =
        """
        {"biz_main_crontab_task_info": 1000000, "biz_main_batch_task_info": 1000000, "biz_main_task_result_dataflux_func": 1000000, "biz_main_script_log": 1000000,
        "biz_main_script_failure": 1000000, "biz_main_operation_record": 1000000, "biz_main_script_publish_history": 1000000}
        """;

    public string Name => "list";

    public async Task RunAsync(Plan plan, Report report)
    {
        report.Section(
            "Lists and records of a large installation",
            $"Every route of the OpenAPI document that reads, over one connection, with {StoreFilling.Scripts:N0} scripts, {StoreFilling.AuthLinks:N0} auth links, {StoreFilling.CrontabConfigs:N0} crontab configs, "
            + $"{StoreFilling.Batches:N0} batches, {StoreFilling.OperationRecords:N0} operation records, {StoreFilling.ScriptRecords:N0} logs and as many failures of functions, {StoreFilling.Tasks:N0} tasks, and "
            + $"{StoreFilling.Others:N0} each of users, data sources, env variables and what else there is. Lists: the first and the last page of 20, each filter, each option, searches that find few and many. "
            + $"At most {MostMilliseconds} ms for a list, {MostMillisecondsOfRecord} ms for one record, as the median of {RequestsOf(plan)} requests, or of those of {LongestMeasured.TotalSeconds} s; the slowest are shown. Lists without pages are taken with a filter. "
            + $"Signing in takes what the hash of the password takes, at most {MostMillisecondsOfSignIn} ms.");
        using var directories = new Directories();
        var directory = directories.New();
        await MeasureAsync(plan, report, "SQLite", directory, [], new StoreOptions { Kind = StoreKind.Sqlite, SqlitePath = Path.Combine(directory, "dff.db") });
        await using var server = await MariaDbServer.StartAsync();
        var options = new StoreOptions { Kind = StoreKind.MySql, Host = server.Host, Port = server.Port, User = server.User, Password = server.Password, Database = await server.CreateDatabaseAsync() };
        await MeasureAsync(plan, report, "MariaDB", directories.New(), server.SettingsOf(options.Database), options);
    }

    private static int RequestsOf(Plan plan) => plan.Rounds * 20;

    private static async Task MeasureAsync(Plan plan, Report report, string store, string directory, Dictionary<string, string> settings, StoreOptions options)
    {
        var secret = RandomNumberGenerator.GetHexString(32);
        (settings["SECRET"], settings["_DBDATA_TABLE_LIMIT_MAP"]) = (secret, RowLimits);
        StoreSamples samples;
        await using (var silo = await SiloProcess.StartAsync(directory, settings))
        {
            samples = await StoreSamples.MakeAsync(silo.Api);
            await silo.StopAsync();
        }

        var began = Stopwatch.GetTimestamp();
        await using (var database = new StoreDatabase(options)) await new StoreFilling(database, samples, new SecretBox(secret)).RunAsync();
        await Console.Error.WriteLineAsync($"{store}: filled in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        await using var filled = await SiloProcess.StartAsync(directory, settings);
        var results = new List<Measured>();
        foreach (var request in await new ReadRoutes(filled.Api, samples).FindAsync()) results.Add(await MeasureAsync(filled, request, RequestsOf(plan)));

        report.Table(store, "p50", "p99", "kB");
        foreach (var result in results.OrderByDescending(result => result.Median / LimitOf(result.Request)))
        {
            var cell = $"{report.AtMost(result.Median, LimitOf(result.Request), "0.0")} ms";
            if (result.Median <= LimitOf(result.Request) && results.Count(other => other.Median / LimitOf(other.Request) > result.Median / LimitOf(result.Request)) >= Shown) continue;
            report.Row($"`{result.Request.Route}` {result.Request.What}".TrimEnd(), cell, $"{result.Percentile99.Text("0.0")} ms", (result.Bytes / 1e3).Text("0.0"));
        }

        report.Row("signing in", $"{report.AtMost(await SignInAsync(filled.Api), MostMillisecondsOfSignIn, "0")} ms", "", "");
        var met = results.Count(result => result.Median <= LimitOf(result.Request));
        report.Row($"of {results.Count} requests of {results.Select(result => result.Request.Route).Distinct().Count()} routes within their limit", $"{met}", "", "");
    }

    private static int LimitOf(ReadRequest request) => request.IsRecord ? MostMillisecondsOfRecord : MostMilliseconds;

    private static async Task<Measured> MeasureAsync(SiloProcess silo, ReadRequest request, int count)
    {
        using var client = await LeanClient.ConnectAsync(silo.WebPort);
        var message = LeanClient.Get(request.Path, silo.Api.Token);
        var bytes = 0;
        for (var number = 0; number < WarmUps; number++) bytes = (await SendAsync(client, request, message)).Length;
        var times = new List<double>();
        var first = Stopwatch.GetTimestamp();
        for (var number = 0; number < count && Stopwatch.GetElapsedTime(first) < LongestMeasured; number++)
        {
            var began = Stopwatch.GetTimestamp();
            await client.SendAsync(message);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return new Measured(request, times.Median(), times.Quantile(0.99), bytes);
    }

    private static async Task<ReadOnlyMemory<byte>> SendAsync(LeanClient client, ReadRequest request, byte[] message)
    {
        try
        {
            return await client.SendAsync(message);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidOperationException($"{request.Path}: {error.Message}", error);
        }
    }

    /// <returns>Milliseconds.</returns>
    private static async Task<double> SignInAsync(ApiClient api)
    {
        using var client = api.Stranger();
        var times = new List<double>();
        for (var number = 0; number < SignIns; number++)
        {
            var began = Stopwatch.GetTimestamp();
            await client.SignInAsync(SiloProcess.Username, SiloProcess.Password);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return times.Median();
    }

    private sealed record Measured(ReadRequest Request, double Median, double Percentile99, int Bytes);
}
