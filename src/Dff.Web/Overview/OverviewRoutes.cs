using System.Text.Json.Serialization;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Monitoring;
using Dff.Abstractions.Tasks;
using Dff.Storage.Overview;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Users;

namespace Dff.Web.Overview;

/// <summary>The system at a glance.</summary>
public sealed class OverviewRoutes(OverviewRepository overview, INodeMonitor nodes, IGrainFactory grains, WorkerOptions options)
{
    private const string EntityCounts = "entityCounts";
    private const string WorkerQueues = "workerQueues";
    private const string Scripts = "scripts";
    private const string LatestOperations = "latestOperations";

    private static readonly string[] Sections = [EntityCounts, WorkerQueues, Scripts, LatestOperations];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/func/overview", "The system at a glance: how many records there are, the queues, the scripts, the latest operations", GetAsync)
        {
            Tag = "Monitor", Privilege = Privileges.GeneralRead, Answer = typeof(OverviewAnswer),
            Query = new(Field.CommaArray("sections").Saying($"Which of {string.Join(", ", Sections)}; all by default")),
        },
    ];

    private async Task<ApiAnswer> GetAsync(ApiContext context)
    {
        string[] given = context.Query("sections") is { } text and not "_ALL" ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        if (given.FirstOrDefault(section => !Sections.Contains(section)) is { } unknown) throw Field.Refused("sections", $"no such section: {unknown}; known are {string.Join(", ", Sections)}");
        bool IsWanted(string section) => given.Length == 0 || given.Contains(section);
        return ApiAnswer.Of(new OverviewAnswer
        {
            EntityCounts = IsWanted(EntityCounts) ? await overview.CountAsync(context.Aborted) : null,
            WorkerQueues = IsWanted(WorkerQueues) ? await QueuesAsync(context.Aborted) : null,
            Scripts = IsWanted(Scripts) ? await overview.GetScriptsAsync(context.Aborted) : null,
            LatestOperations = IsWanted(LatestOperations) ? await overview.GetLatestOperationsAsync(context.Aborted) : null,
        });
    }

    private async Task<IReadOnlyList<QueueOverview>> QueuesAsync(CancellationToken cancellationToken)
    {
        var reports = Task.WhenAll(Enumerable.Range(0, options.QueueCount).Select(queue => grains.GetGrain<IQueueGrain>(queue).GetReportAsync()));
        var stats = (await nodes.GetStatsAsync(cancellationToken)).Select(said => said.Value).OfType<NodeStats>().ToList();
        return [.. (await reports).Select(report => Of(report, stats))];
    }

    private QueueOverview Of(QueueReport report, List<NodeStats> nodes)
    {
        var serving = nodes.Where(node => node.Queues.Contains(report.Queue)).ToList();
        var pools = serving.Select(node => node.Pools.FirstOrDefault(pool => pool.Queue == report.Queue)).ToList();
        // A pool begins with the first call of its queue.
        var workers = pools.Sum(pool => pool?.Concurrency ?? options.ConcurrencyByQueue.GetValueOrDefault(report.Queue, options.Concurrency));
        var (busy, waiting) = (pools.Sum(pool => pool?.Busy ?? 0), pools.Sum(pool => pool?.Waiting ?? 0));
        return new QueueOverview(report.Queue, serving.Count, workers, busy, waiting + report.Ready, report.Scheduled, workers == 0 ? null : Math.Round((double)(busy + waiting + report.Ready) / workers, 3));
    }
}

/// <summary>Sections that were not asked for are left out.</summary>
public sealed record OverviewAnswer
{
    /// <summary>Kind of record → how many there are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, long>? EntityCounts { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<QueueOverview>? WorkerQueues { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ScriptOverviewRow>? Scripts { get; init; }

    /// <summary>The latest first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<OperationOverviewRow>? LatestOperations { get; init; }
}

/// <param name="NodeCount">Nodes that serve it.</param>
/// <param name="WorkerCount">Calls that can run at once on all of them.</param>
/// <param name="Running">Calls and tasks that run.</param>
/// <param name="Length">Calls and tasks that could begin and wait.</param>
/// <param name="Scheduled">Tasks that wait for their moment.</param>
/// <param name="Pressure">What runs or waits for each call that can run; above 1 something waits. Null: nobody serves it.</param>
public sealed record QueueOverview(int Queue, int NodeCount, int WorkerCount, int Running, int Length, int Scheduled, double? Pressure);
