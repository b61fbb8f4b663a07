using Dff.Abstractions.Monitoring;
using Dff.Web.Tasks;

namespace Dff.Web.Monitoring;

/// <param name="Interval">Seconds between two points.</param>
/// <param name="KeptSeconds">Older points are forgotten, and so are those of a node that has gone.</param>
public sealed record SysStatsAnswer(int Interval, int KeptSeconds, IReadOnlyList<NodeSeriesAnswer> Nodes);

/// <param name="Node">Its address between silos.</param>
/// <param name="Series">Null: it did not answer.</param>
public sealed record NodeSeriesAnswer(string Node, IReadOnlyList<StatSeries>? Series);

/// <param name="Environment">Null: it did not answer.</param>
public sealed record NodeEnvironmentAnswer(string Node, NodeEnvironment? Environment);

/// <param name="Answer">pong, or what it did; null: it did not answer.</param>
/// <param name="Cost">Milliseconds.</param>
public sealed record NodePingAnswer(string Node, string? Answer, double Cost);

/// <param name="Stats">Null: it did not answer.</param>
public sealed record NodeStatsAnswer(string Node, NodeStats? Stats);

/// <param name="Queues">Whose tasks and calls it runs; null: it did not answer.</param>
public sealed record NodeQueuesAnswer(string Node, IReadOnlyList<int>? Queues);

/// <summary>All nodes, and the queues that they share.</summary>
public sealed record NodeReportAnswer(IReadOnlyList<NodeStatsAnswer> Nodes, IReadOnlyList<WorkerQueueAnswer> Queues);
