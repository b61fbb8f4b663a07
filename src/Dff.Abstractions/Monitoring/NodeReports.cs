namespace Dff.Abstractions.Monitoring;

/// <summary>What runs on a node, and what it was told to be.</summary>
/// <param name="Version">Of this program.</param>
/// <param name="Configuration">Key → value in force; secrets and CUSTOM_ values are masked, null: not set.</param>
public sealed record NodeIdentity(string Version, string Commit, IReadOnlyDictionary<string, string?> Configuration);

/// <summary>How a node does at this moment.</summary>
[GenerateSerializer, Immutable, Alias("dff.node-stats")]
public sealed record NodeStats
{
    [Id(0)] public required string Version { get; init; }

    [Id(1)] public required string HostName { get; init; }

    [Id(2)] public required int ProcessId { get; init; }

    [Id(3)] public required DateTimeOffset StartTime { get; init; }

    /// <summary>Queue partitions whose tasks and calls it runs.</summary>
    [Id(4)] public required IReadOnlyList<int> Queues { get; init; }

    /// <summary>Memory of the silo itself, in bytes.</summary>
    [Id(5)] public required long SiloMemoryBytes { get; init; }

    /// <summary>Memory of its worker processes, in bytes; what they share is counted for each.</summary>
    [Id(6)] public required long WorkerMemoryBytes { get; init; }

    /// <summary>The Python engine takes calls; false also where the node serves no queue.</summary>
    [Id(7)] public required bool IsPythonReady { get; init; }

    /// <summary>Of the queues that were called since the node has started.</summary>
    [Id(8)] public required IReadOnlyList<NodePool> Pools { get; init; }
}

/// <summary>The worker processes of one queue on one node.</summary>
/// <param name="Concurrency">Most calls that run at once.</param>
/// <param name="Processes">Alive, the warm spare included.</param>
/// <param name="Busy">Running a call.</param>
/// <param name="Waiting">Calls that wait for a process.</param>
[GenerateSerializer, Immutable, Alias("dff.node-pool")]
public sealed record NodePool(
    [property: Id(0)] int Queue, [property: Id(1)] int Concurrency, [property: Id(2)] int Processes, [property: Id(3)] int Busy, [property: Id(4)] int Waiting);

/// <summary>What a node runs on.</summary>
[GenerateSerializer, Immutable, Alias("dff.node-environment")]
public sealed record NodeEnvironment
{
    [Id(0)] public required string Version { get; init; }

    [Id(1)] public required string Commit { get; init; }

    [Id(2)] public required string HostName { get; init; }

    [Id(3)] public required string OperatingSystem { get; init; }

    [Id(4)] public required string Runtime { get; init; }

    [Id(5)] public required int Processors { get; init; }

    /// <summary>Memory of the machine, or of the container's limit, in bytes.</summary>
    [Id(6)] public required long MachineMemoryBytes { get; init; }

    [Id(7)] public required string Roles { get; init; }

    [Id(8)] public required NodePython Python { get; init; }

    /// <summary>Key → value in force; secrets and CUSTOM_ values are masked, null: not set.</summary>
    [Id(9)] public required IReadOnlyDictionary<string, string?> Configuration { get; init; }
}

/// <param name="Drivers">Types of data sources whose library is installed.</param>
[GenerateSerializer, Immutable, Alias("dff.node-python")]
public sealed record NodePython(
    [property: Id(0)] string Executable, [property: Id(1)] string Version, [property: Id(2)] string Isolation, [property: Id(3)] IReadOnlyList<string> Drivers);

/// <summary>One figure over time.</summary>
[GenerateSerializer, Immutable, Alias("dff.stat-series")]
public sealed record StatSeries
{
    /// <summary>siloCPUPercent, machineCPUPercent, machineMemoryPercent, siloMemoryBytes, workerMemoryBytes, workerProcesses, workersBusy, callsWaiting, storeBytes or queueLength.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Set where it is the figure of one queue.</summary>
    [Id(1)] public int? Queue { get; init; }

    /// <summary>[Unix seconds, value], the oldest first.</summary>
    [Id(2)] public required IReadOnlyList<double[]> Points { get; init; }
}

/// <summary>What one node said.</summary>
/// <param name="Node">Its address between silos.</param>
/// <param name="Value">Null: it did not answer.</param>
/// <param name="Cost">Milliseconds until it answered or was given up.</param>
public sealed record NodeSaid<T>(string Node, T? Value, double Cost)
    where T : class;

/// <summary>Asks all silos that live, at once; one that does not answer within two seconds is named as such.</summary>
public interface INodeMonitor
{
    Task<IReadOnlyList<NodeSaid<NodeStats>>> GetStatsAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<NodeSaid<NodeEnvironment>>> GetEnvironmentsAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<NodeSaid<IReadOnlyList<StatSeries>>>> GetSeriesAsync(CancellationToken cancellationToken);

    /// <summary>Forgets all series.</summary>
    Task<IReadOnlyList<NodeSaid<string>>> ClearSeriesAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<NodeSaid<string>>> PingAsync(CancellationToken cancellationToken);
}
