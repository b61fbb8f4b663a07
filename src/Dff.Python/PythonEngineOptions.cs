namespace Dff.Python;

/// <summary>What the engine needs to know; the silo fills it from its configuration.</summary>
public sealed class PythonEngineOptions
{
    /// <summary>A Python ≥ 3.9; null: <c>/usr/bin/python3</c>, else the first <c>python3</c> ≥ 3.9 on PATH.</summary>
    public string? Executable { get; set; }

    /// <summary>
    /// Sockets and the workers' temp directories; made with mode 0711 and emptied at start. A path of its own per silo, short enough for a socket
    /// (≤ 80 bytes).
    /// </summary>
    public required string RunDirectory { get; set; }

    /// <summary>The silo's data: user code may not read it, but for the two directories below.</summary>
    public required string DataDirectory { get; set; }

    public required string ExtraPackagesDirectory { get; set; }

    public required string ResourcesDirectory { get; set; }

    /// <summary>Further files and directories that user code must not see, such as a configuration file outside the data directory.</summary>
    public IReadOnlyList<string> HiddenPaths { get; set; } = [];

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

    public int MaxResultBytes { get; set; } = 100 * 1024 * 1024;

    /// <summary>Where results that come piece by piece are written; the silo's alone. Null: they are results like others.</summary>
    public string? StreamDirectory { get; set; }

    public long MaxStreamBytes { get; set; } = 1024L * 1024 * 1024;

    public int MaxLogBytes { get; set; } = 1024 * 1024;

    /// <summary>Modules imported once, before the first process is forked; those that are not installed are a warning.</summary>
    public IReadOnlyList<string> WarmModules { get; set; } = [];

    /// <summary>Queues may be asked for by these names.</summary>
    public IReadOnlyDictionary<string, int> QueueAliases { get; set; } = new Dictionary<string, int>();

    /// <summary>Functions may ask for queues 1 to this − 1.</summary>
    public int QueueCount { get; set; } = 10;

    /// <summary>A queue that had no call for so long gives its processes back.</summary>
    public TimeSpan IdleTimeToTrim { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// First of the uids that worker slots get when the silo is root; slot n has base + n. An engine takes the first block of 10,000 from here
    /// on that no other engine of this machine has. Engines in containers without a user namespace of their own do not see each other's claims: give
    /// each a base of its own.
    /// </summary>
    public int WorkerUidBase { get; set; } = 61_000_000;

    /// <summary>False: user code runs as the silo's own user without isolation.</summary>
    public bool Isolate { get; set; } = true;
}
