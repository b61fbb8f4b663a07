using System.Diagnostics;
using System.Globalization;
using Dff.Storage.Connections;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>Many crontab configs that are all due at the same moment.</summary>
internal sealed class CrontabBenchmark : IBenchmark
{
    private const int Configs = 10_000;
    private const int Callers = 32;

    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);

    // Configs look ahead of their moment from half a minute on; before that they are idle.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(45);

    public string Name => "crontab";

    public async Task RunAsync(Plan plan, Report report)
    {
        report.Section(
            "Crontab configs",
            $"{Configs:N0} configs of a trivial function, added through the API over {Callers} connections, all due at the same moment: once a day, and then as many that are due every minute. "
            + "How late a run is tells the time from its moment until it is read from the store as a committed task; the tasks run meanwhile on the same cores. Idle: what the node with the daily configs uses "
            + "between moments beyond what it used without them.");
        report.Table("store", "configs", "added/s", "half of the runs after", "all runs after", "idle, share of a core");
        using var directories = new Directories();
        var directory = directories.New();
        await MeasureAsync(report, "SQLite", directory, new Dictionary<string, string>(), new StoreOptions { Kind = StoreKind.Sqlite, SqlitePath = Path.Combine(directory, "dff.db") });
        await using var server = await MariaDbServer.StartAsync();
        var options = new StoreOptions { Kind = StoreKind.MySql, Host = server.Host, Port = server.Port, User = server.User, Password = server.Password, Database = await server.CreateDatabaseAsync() };
        await MeasureAsync(report, "MariaDB", directories.New(), new Dictionary<string, string>(server.SettingsOf(options.Database)) { ["SECRET"] = "secret-of-the-benchmark" }, options);
    }

    private static async Task MeasureAsync(Report report, string store, string directory, IReadOnlyDictionary<string, string> settings, StoreOptions options)
    {
        await using var silo = await SiloProcess.StartAsync(directory, settings);
        await using var database = new StoreDatabase(options);
        await silo.Api.PublishAsync("bench__q", QueueBenchmark.Code);
        await WarmUpAsync(silo);
        var before = await IdleAsync(silo);

        // Far enough to be added, and to be idle for a while.
        var probe = await AddAsync(silo, "probe", "0 0 1 1 *", 200);
        var moment = NextMinute(DateTimeOffset.UtcNow + ((probe * Configs / 200 * 1.5) + IdleTime + Settled));
        var adding = await AddAsync(silo, "daily", string.Create(CultureInfo.InvariantCulture, $"{moment.Minute} {moment.Hour} * * *"), Configs);
        if (DateTimeOffset.UtcNow + IdleTime + Settled > moment) throw new InvalidOperationException($"{Configs} configs took {adding} to add, too long for their moment");
        var idle = await IdleAsync(silo) - before;
        var (half, all) = await LatenessAsync(silo, database, moment);
        report.Row(
            store, "daily", (Configs / adding.TotalSeconds).Text("0"), $"{report.AtMost(half.TotalMilliseconds, 500, "0")} ms", $"{report.AtMost(all.TotalSeconds, 5)} s", $"{report.AtMost(idle * 100, 1)} %");

        adding = await AddAsync(silo, "minutely", "* * * * *", Configs);
        (half, all) = await LatenessAsync(silo, database, NextMinute(DateTimeOffset.UtcNow + Settled));
        report.Row(store, "every minute", (Configs / adding.TotalSeconds).Text("0"), $"{report.AtMost(half.TotalMilliseconds, 500, "0")} ms", $"{report.AtMost(all.TotalSeconds, 5)} s", "");
    }

    /// <summary>Two minutes of half the load, so that the code is compiled as it is on a node that has run crontab configs before.</summary>
    private static async Task WarmUpAsync(SiloProcess silo)
    {
        var end = NextMinute(DateTimeOffset.UtcNow) + TimeSpan.FromSeconds(90);
        await AddAsync(silo, "warm", "* * * * *", Configs / 2, end);
        await Task.Delay(end - DateTimeOffset.UtcNow);
    }

    private static DateTimeOffset NextMinute(DateTimeOffset after) => DateTimeOffset.FromUnixTimeSeconds(((after.ToUnixTimeSeconds() / 60) + 1) * 60);

    private static async Task<TimeSpan> AddAsync(SiloProcess silo, string name, string crontab, int count, DateTimeOffset? expireTime = null)
    {
        var expiry = expireTime is { } end ? $"\"{end:O}\"" : "null";
        var requests = Enumerable.Range(0, count).Select(number => LeanClient.Post(
            "/api/v1/crontab-configs/do/add",
            silo.Api.Token,
            string.Create(
                CultureInfo.InvariantCulture,
                $$$"""{"data":{"id":"{{{name}}}-{{{number}}}","funcId":"bench__q.add","funcCallKwargsJSON":{"x":{{{number}}},"y":1},"scope":"{{{name}}}","crontab":"{{{crontab}}}","timezone":"UTC","expireTime":{{{expiry}}}}}"""))).ToList();
        var began = Stopwatch.GetTimestamp();
        await LeanClient.SendAllAsync(silo.WebPort, Callers, requests);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <returns>Cores.</returns>
    private static async Task<double> IdleAsync(SiloProcess silo)
    {
        await Task.Delay(TimeSpan.FromSeconds(5));
        var (began, before) = (Stopwatch.GetTimestamp(), Figures.ProcessorTime(silo.Id));
        await Task.Delay(IdleTime);
        return (Figures.ProcessorTime(silo.Id) - before) / Stopwatch.GetElapsedTime(began);
    }

    /// <summary>After what time half of the runs of a moment, and all of them, are committed.</summary>
    private static async Task<(TimeSpan Half, TimeSpan All)> LatenessAsync(SiloProcess silo, StoreDatabase database, DateTimeOffset moment)
    {
        await Task.Delay(moment - TimeSpan.FromSeconds(2) - DateTimeOffset.UtcNow);
        var before = await NewestAsync(database);
        await Task.Delay(moment - DateTimeOffset.UtcNow);
        TimeSpan? half = null;
        while (true)
        {
            // Rows are numbered as they are added; to count them each time would slow down what is measured.
            var runs = await NewestAsync(database) - before;
            var late = DateTimeOffset.UtcNow - moment;
            if (runs >= Configs / 2) half ??= late;
            if (runs >= Configs && await CountAsync(database, before) >= Configs) return (half!.Value, late);
            if (late > TimeSpan.FromMinutes(1)) throw new InvalidOperationException($"only {await CountAsync(database, before)} runs a minute after their moment; the node wrote:\n{silo.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private static async Task<long> NewestAsync(StoreDatabase database) => await database.QueryFirstAsync<long?>("SELECT MAX(seq) FROM task", null, CancellationToken.None) ?? 0;

    private static Task<long> CountAsync(StoreDatabase database, long after) => database.QueryFirstAsync<long>("SELECT COUNT(*) FROM task WHERE seq > @after", new { after }, CancellationToken.None);
}
