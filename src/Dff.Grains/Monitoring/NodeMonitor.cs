using Dff.Abstractions.Monitoring;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Monitoring;

public sealed partial class NodeMonitor(NodeMonitorClient nodes, ISiloStatusOracle silos, TimeProvider time, ILogger<NodeMonitor> logger) : INodeMonitor
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public Task<IReadOnlyList<NodeSaid<NodeStats>>> GetStatsAsync(CancellationToken cancellationToken) => AskAsync(node => node.GetStatsAsync(), cancellationToken);

    public Task<IReadOnlyList<NodeSaid<NodeEnvironment>>> GetEnvironmentsAsync(CancellationToken cancellationToken) => AskAsync(node => node.GetEnvironmentAsync(), cancellationToken);

    public Task<IReadOnlyList<NodeSaid<IReadOnlyList<StatSeries>>>> GetSeriesAsync(CancellationToken cancellationToken) => AskAsync(node => node.GetSeriesAsync(), cancellationToken);

    public Task<IReadOnlyList<NodeSaid<string>>> ClearSeriesAsync(CancellationToken cancellationToken) => AskAsync(node => node.ClearSeriesAsync(), cancellationToken);

    public Task<IReadOnlyList<NodeSaid<string>>> PingAsync(CancellationToken cancellationToken) => AskAsync(node => node.PingAsync(), cancellationToken);

    private async Task<IReadOnlyList<NodeSaid<T>>> AskAsync<T>(Func<INodeMonitorService, Task<T>> ask, CancellationToken cancellationToken)
        where T : class =>
        await Task.WhenAll(silos.GetApproximateSiloStatuses(onlyActive: true).Keys.OrderBy(silo => silo.Endpoint.ToString(), StringComparer.Ordinal).Select(silo => AskAsync(silo, ask, cancellationToken)));

    private async Task<NodeSaid<T>> AskAsync<T>(SiloAddress silo, Func<INodeMonitorService, Task<T>> ask, CancellationToken cancellationToken)
        where T : class
    {
        var began = time.GetTimestamp();
        T? value = null;
        try
        {
            value = await ask(nodes.On(silo)).WaitAsync(Limit, time, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            NoAnswer(silo, error);
        }

        return new NodeSaid<T>(silo.Endpoint.ToString(), value, Math.Round(time.GetElapsedTime(began).TotalMilliseconds, 3));
    }

    [LoggerMessage(EventId = 296, EventName = "NodeDidNotAnswer", Level = LogLevel.Warning, Message = "Silo {Silo} did not tell how it does")]
    private partial void NoAnswer(SiloAddress silo, Exception error);
}
