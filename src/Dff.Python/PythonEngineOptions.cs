namespace Dff.Python;

/// <summary>What the engine needs to know; the silo fills it from its configuration.</summary>
public sealed class PythonEngineOptions
{
    /// <summary>A Python ≥ 3.9; null: <c>/usr/bin/python3</c>, else the first <c>python3</c> ≥ 3.9 on PATH.</summary>
    public string? Executable { get; set; }

    /// <summary>Sockets and the workers' temp directories; made with mode 0711 and emptied at start. A path of its own per silo, short enough for a socket (≤ 80 bytes).</summary>
    public required string RunDirectory { get; set; }

    /// <summary>The silo's data: user code may not read it, but for the two directories below.</summary>
    public required string DataDirectory { get; set; }

    public required string ExtraPackagesDirectory { get; set; }

    public required string ResourcesDirectory { get; set; }

    /// <summary>Processes per queue where <see cref="IPythonEngine.SetConcurrency"/> said nothing else.</summary>
    public int Concurrency { get; set; } = 10;

    public Dictionary<int, int> ConcurrencyByQueue { get; set; } = [];

    /// <summary>A process is replaced after so many calls.</summary>
    public int MaxCallsPerProcess { get; set; } = 3000;

    /// <summary>Calls that may wait for a process of one queue; the next one is <see cref="PythonOutcomeKind.Congested"/>.</summary>
    public int MaxWaiting { get; set; } = 1000;

    public TimeSpan ExtraTimeoutToKill { get; set; } = TimeSpan.FromSeconds(5);

    public int MemoryLimitMb { get; set; } = 1024;

    /// <summary>Processes and threads that the user code of one worker may have at once.</summary>
    public int MaxProcessesPerWorker { get; set; } = 64;

    /// <summary>The largest file that user code may write.</summary>
    public long MaxFileBytes { get; set; } = 1024L * 1024 * 1024;

    public int MaxOpenFiles { get; set; } = 1024;

    /// <summary>Queue partitions, by which <c>@DFF.API(queue=…)</c> is checked.</summary>
    public int QueueCount { get; set; } = 10;

    public IReadOnlyDictionary<string, int> QueueAliases { get; set; } = new Dictionary<string, int> { ["cpu"] = 9 };

    /// <summary>Idle processes of a queue go when nothing was called on it for so long.</summary>
    public TimeSpan IdleTime { get; set; } = TimeSpan.FromMinutes(10);

    public int MaxResultBytes { get; set; } = 100 * 1024 * 1024;

    public int MaxLogBytes { get; set; } = 1024 * 1024;

    /// <summary>First of the uids that worker slots get when the silo is root; slot n has base + n.</summary>
    public int WorkerUidBase { get; set; } = 61_000_000;

    /// <summary>False: user code runs as the silo's own user without isolation.</summary>
    public bool Isolate { get; set; } = true;
}
