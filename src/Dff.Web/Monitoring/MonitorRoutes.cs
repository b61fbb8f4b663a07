using Dff.Abstractions.Configuration;
using Dff.Abstractions.Monitoring;
using Dff.Abstractions.Tasks;
using Dff.Storage.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Tasks;
using Dff.Web.Users;

namespace Dff.Web.Monitoring;

/// <summary>The nodes, their figures over time, and the tasks of all queues.</summary>
public sealed class MonitorRoutes(INodeMonitor nodes, TaskMonitorRepository tasks, IGrainFactory grains, WorkerOptions worker, TimeProvider time)
{
    private const string Tag = "Monitor";
    private const int Interval = 60;
    private const int KeptSeconds = 12 * 60 * 60;

    public IEnumerable<ApiRoute> All =>
    [
        Read("/api/v1/monitor/sys-stats/do/get", "Processors, memory, the store and the queues of the last 12 hours", GetSeriesAsync, typeof(SysStatsAnswer)) with
        {
            Description = "A point a minute of every node, kept in its memory since it has started; the store and the queues are measured by the oldest node.",
        },
        Read("/api/v1/monitor/system-metrics/do/get", "The same as sys-stats", GetSeriesAsync, typeof(SysStatsAnswer)),
        new("GET", "/api/v1/monitor/sys-stats/do/clear", "Forgets these figures on all nodes, and begins anew", ClearSeriesAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IReadOnlyList<NodePingAnswer>) },
        Read("/api/v1/monitor/server-environment/do/get", "What each node runs on, with its configuration; secrets are masked", GetEnvironmentsAsync, typeof(IReadOnlyList<NodeEnvironmentAnswer>)),
        Read("/api/v1/monitor/nodes/do/ping", "Asks every node for an answer", PingAsync, typeof(IReadOnlyList<NodePingAnswer>)),
        Read("/api/v1/monitor/nodes/do/get-stats", "How each node does: memory and worker processes", GetStatsAsync, typeof(IReadOnlyList<NodeStatsAnswer>)),
        Read("/api/v1/monitor/nodes/do/get-active-queues", "Which queues each node serves", GetQueuesAsync, typeof(IReadOnlyList<NodeQueuesAnswer>)),
        Read("/api/v1/monitor/nodes/do/get-report", "How each node does, and how many tasks each queue holds", GetReportAsync, typeof(NodeReportAnswer)),
        Read("/api/v1/monitor/tasks/do/list-queued", "Tasks that could begin now, the oldest 1000", ListQueuedAsync, typeof(IReadOnlyList<MonitoredTaskRow>)) with { Query = new(OfTask) },
        Read("/api/v1/monitor/tasks/do/list-scheduled", "Tasks that wait for their moment, the next 1000", ListScheduledAsync, typeof(IReadOnlyList<MonitoredTaskRow>)) with { Query = new(OfTask) },
        Read("/api/v1/monitor/tasks/do/list-recent", "The latest 100 tasks", ListRecentAsync, typeof(IReadOnlyList<MonitoredTaskRow>)) with
        {
            Query = new(OfTask, Field.Enum("status", "SUCCESS", "FAILURE", "PENDING")),
        },
    ];

    private static Field OfTask { get; } = Field.String("task", 256).Saying("Only tasks of this function");

    private static ApiRoute Read(string path, string summary, Func<ApiContext, Task<ApiAnswer>> handle, Type answer) =>
        new("GET", path, summary, handle) { Tag = Tag, Privilege = Privileges.GeneralRead, Answer = answer };

    private static string? Filter(ApiContext context, string name) => context.Query(name) is { Length: > 0 } value and not "_ALL" ? value : null;

    private async Task<ApiAnswer> GetSeriesAsync(ApiContext context) => ApiAnswer.Of(new SysStatsAnswer(
        Interval, KeptSeconds, [.. (await nodes.GetSeriesAsync(context.Aborted)).Select(said => new NodeSeriesAnswer(said.Node, said.Value))]));

    private async Task<ApiAnswer> ClearSeriesAsync(ApiContext context) => Pings(await nodes.ClearSeriesAsync(context.Aborted));

    private async Task<ApiAnswer> PingAsync(ApiContext context) => Pings(await nodes.PingAsync(context.Aborted));

    private static ApiAnswer Pings(IReadOnlyList<NodeSaid<string>> said) => ApiAnswer.Of(said.Select(answer => new NodePingAnswer(answer.Node, answer.Value, answer.Cost)).ToList());

    private async Task<ApiAnswer> GetEnvironmentsAsync(ApiContext context) =>
        ApiAnswer.Of((await nodes.GetEnvironmentsAsync(context.Aborted)).Select(said => new NodeEnvironmentAnswer(said.Node, said.Value)).ToList());

    private async Task<ApiAnswer> GetStatsAsync(ApiContext context) => ApiAnswer.Of(await StatsAsync(context));

    private async Task<ApiAnswer> GetQueuesAsync(ApiContext context) =>
        ApiAnswer.Of((await nodes.GetStatsAsync(context.Aborted)).Select(said => new NodeQueuesAnswer(said.Node, said.Value?.Queues)).ToList());

    private async Task<ApiAnswer> GetReportAsync(ApiContext context)
    {
        var stats = StatsAsync(context);
        var reports = await Task.WhenAll(Enumerable.Range(0, worker.QueueCount).Select(queue => grains.GetGrain<IQueueGrain>(queue).GetReportAsync()));
        return ApiAnswer.Of(new NodeReportAnswer(await stats, [.. reports.Select(WorkerQueueAnswer.Of)]));
    }

    private async Task<List<NodeStatsAnswer>> StatsAsync(ApiContext context) => [.. (await nodes.GetStatsAsync(context.Aborted)).Select(said => new NodeStatsAnswer(said.Node, said.Value))];

    private async Task<ApiAnswer> ListQueuedAsync(ApiContext context) => ApiAnswer.Of(await tasks.GetQueuedAsync(Filter(context, "task"), time.GetUtcNow(), context.Aborted));

    private async Task<ApiAnswer> ListScheduledAsync(ApiContext context) => ApiAnswer.Of(await tasks.GetScheduledAsync(Filter(context, "task"), time.GetUtcNow(), context.Aborted));

    private async Task<ApiAnswer> ListRecentAsync(ApiContext context) => ApiAnswer.Of(await tasks.GetRecentAsync(Filter(context, "task"), Filter(context, "status"), context.Aborted));
}
