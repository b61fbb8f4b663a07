using System.Runtime.InteropServices;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Monitoring;
using Dff.Python;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace Dff.Grains.Monitoring;

/// <summary>One on every silo: tells how it does.</summary>
[Alias("dff.node-monitor")]
public interface INodeMonitorService : IGrainService
{
    [Alias("ping")]
    Task<string> PingAsync();

    [Alias("stats")]
    Task<NodeStats> GetStatsAsync();

    [Alias("environment")]
    Task<NodeEnvironment> GetEnvironmentAsync();

    [Alias("series")]
    Task<IReadOnlyList<StatSeries>> GetSeriesAsync();

    [Alias("clear-series")]
    Task<string> ClearSeriesAsync();
}

public sealed class NodeMonitorService(
    GrainId grainId, Silo silo, ILoggerFactory loggerFactory, IPythonEngine engine, SystemSampler sampler, NodeIdentity identity, NodeOptions node, WorkerOptions worker)
    : GrainService(grainId, silo, loggerFactory), INodeMonitorService
{
    private static readonly DateTimeOffset Started = System.Diagnostics.Process.GetCurrentProcess().StartTime;

    public Task<string> PingAsync() => Task.FromResult("pong");

    public Task<NodeStats> GetStatsAsync()
    {
        var report = engine.GetReport();
        return Task.FromResult(new NodeStats
        {
            Version = identity.Version,
            HostName = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            StartTime = Started,
            Queues = worker.ServedBy(node).ToArray(),
            SiloMemoryBytes = Environment.WorkingSet,
            WorkerMemoryBytes = ProcessMemory.ResidentBytes(report.Pools.SelectMany(pool => pool.ProcessIds)),
            IsPythonReady = report.IsReady,
            Pools = report.Pools.Select(pool => new NodePool(pool.Queue, pool.Concurrency, pool.Processes, pool.Busy, pool.Waiting)).ToArray(),
        });
    }

    public Task<NodeEnvironment> GetEnvironmentAsync()
    {
        var report = engine.GetReport();
        return Task.FromResult(new NodeEnvironment
        {
            Version = identity.Version,
            Commit = identity.Commit,
            HostName = Environment.MachineName,
            OperatingSystem = RuntimeInformation.OSDescription,
            Runtime = RuntimeInformation.FrameworkDescription,
            Processors = Environment.ProcessorCount,
            MachineMemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Roles = node.Roles,
            Python = new NodePython(report.Executable, report.Version, report.Isolation, report.Drivers.ToArray()),
            Configuration = identity.Configuration,
        });
    }

    public Task<IReadOnlyList<StatSeries>> GetSeriesAsync() => Task.FromResult(sampler.Series());

    public async Task<string> ClearSeriesAsync()
    {
        await sampler.ClearAsync();
        return "cleared";
    }
}

/// <summary>Reaches a given silo.</summary>
public sealed class NodeMonitorClient(IServiceProvider services) : GrainServiceClient<INodeMonitorService>(services)
{
    public INodeMonitorService On(SiloAddress silo) => GetGrainService(silo);
}
