using System.ComponentModel.DataAnnotations;

namespace Dff.Abstractions.Configuration;

/// <summary>Queues, worker processes and the limits of functions.</summary>
public sealed class WorkerOptions
{
    [ConfigKey("WORKER_QUEUES", "Queues this node serves: all, none, or a list like 1-6,8")]
    public string Queues { get; set; } = "all";

    [ConfigKey("WORKER_QUEUE_ALIAS_MAP", "Names for queues")]
    public Dictionary<string, int> QueueAliases { get; set; } = new() { ["cpu"] = 9 };

    [ConfigKey("_WORKER_QUEUE_COUNT", "Queue partitions"), Range(10, 100)]
    public int QueueCount { get; set; } = 10;

    [ConfigKey(RunTimeKeys.Concurrency, "Python processes per queue and node"), Range(1, RunTimeKeys.MostProcesses)]
    public int Concurrency { get; set; } = 10;

    [ConfigKey(RunTimeKeys.ConcurrencyByQueue, "The same for single queues: a map of queue to processes")]
    public Dictionary<int, int> ConcurrencyByQueue { get; set; } = [];

    [ConfigKey("_WORKER_PREFETCH_MULTIPLIER", "Tasks a node leases ahead per process; in this version none, a node takes a task when a process is free for it", IsLater = true), Range(1, 1000)]
    public int PrefetchMultiplier { get; set; } = 10;

    [ConfigKey("_WORKER_MAX_TASKS_PER_CHILD", "Calls after which a process is replaced"), Range(1, 10000000)]
    public int MaxTasksPerChild { get; set; } = 3000;

    [ConfigKey("_WORKER_MEMORY_LIMIT_MB", "Memory of one process"), Range(64, 1048576)]
    public int MemoryLimitMb { get; set; } = 1024;

    [ConfigKey("_WORKER_LIMIT_WAITING", "Calls that may wait for a process of one queue; beyond it a call is refused (599.50)"), Range(0, 1000000)]
    public int MaxWaiting { get; set; } = 1000;

    [ConfigKey("_WORKER_LIMIT_QUEUED", "Tasks of one queue that have not finished; beyond it a task is refused (599.50)"), Range(1, 1000000)]
    public int MaxQueued { get; set; } = 100_000;

    [ConfigKey("_WORKER_ISOLATION", "auto: user code runs apart from the server; none: as the server's own user"), RegularExpression("auto|none")]
    public string Isolation { get; set; } = "auto";

    [ConfigKey("_WORKER_RESULT_EXPIRES", "Seconds that results of asynchronous calls are kept when not saved"), Range(1, 31536000)]
    public int ResultExpires { get; set; } = 3600;

    [ConfigKey("PYTHON_EXECUTABLE", "Python ≥ 3.9", DefaultText = "/usr/bin/python3, else python3 on PATH")]
    public string? PythonExecutable { get; set; }

    [ConfigKey("EXTRA_PYTHON_IMPORT_PATH", "Directory of extra packages", DefaultText = "<data>/extra-python-packages")]
    public string? ExtraPackagesDirectory { get; set; }

    [ConfigKey("_FUNC_TASK_DEFAULT_QUEUE", "Queue of synchronous calls"), Range(0, 99)]
    public int DefaultQueue { get; set; } = 1;

    [ConfigKey("_FUNC_TASK_DEBUG_QUEUE", "Queue of draft runs and publish checks"), Range(0, 99)]
    public int DebugQueue { get; set; } = 7;

    [ConfigKey("_FUNC_TASK_CRONTAB_QUEUE", "Queue of crontab configs"), Range(0, 99)]
    public int CrontabQueue { get; set; } = 8;

    [ConfigKey("_FUNC_TASK_ASYNC_QUEUE", "Queue of asynchronous calls and batches"), Range(0, 99)]
    public int AsyncQueue { get; set; } = 9;

    [ConfigKey("_FUNC_TASK_DEFAULT_TIMEOUT", "Seconds a function may run"), Range(1, 86400)]
    public int DefaultTimeout { get; set; } = 30;

    [ConfigKey("_FUNC_TASK_MIN_TIMEOUT", "Least timeout a caller may ask for, in seconds"), Range(1, 86400)]
    public int MinTimeout { get; set; } = 1;

    [ConfigKey("_FUNC_TASK_MAX_TIMEOUT", "Greatest timeout a caller may ask for, in seconds"), Range(1, 86400)]
    public int MaxTimeout { get; set; } = 3600;

    [ConfigKey("_FUNC_TASK_DEFAULT_API_TIMEOUT", "Seconds an HTTP caller waits"), Range(1, 86400)]
    public int DefaultApiTimeout { get; set; } = 10;

    [ConfigKey("_FUNC_TASK_MIN_API_TIMEOUT", "Least API timeout, in seconds"), Range(1, 86400)]
    public int MinApiTimeout { get; set; } = 1;

    [ConfigKey("_FUNC_TASK_MAX_API_TIMEOUT", "Greatest API timeout, in seconds"), Range(1, 86400)]
    public int MaxApiTimeout { get; set; } = 180;

    [ConfigKey("_FUNC_TASK_DEFAULT_BATCH_TIMEOUT", "Seconds a batch may run unless the caller or its function says otherwise"), Range(1, 86400)]
    public int BatchTimeout { get; set; } = 3600;

    [ConfigKey("_FUNC_TASK_DEBUG_TIMEOUT", "Seconds a draft run or a publish check may run"), Range(1, 3600)]
    public int DebugTimeout { get; set; } = 60;

    [ConfigKey("_FUNC_TASK_EXTRA_TIMEOUT_TO_KILL", "Seconds after the timeout until the process is killed"), Range(1, 600)]
    public int ExtraTimeoutToKill { get; set; } = 5;

    [ConfigKey("_FUNC_TASK_TIMEOUT_TO_EXPIRE_SCALE", "A queued task expires after its timeout times this"), Range(1, 1000)]
    public int TimeoutToExpireScale { get; set; } = 10;

    [ConfigKey("_FUNC_TASK_BATCH_TIMEOUT_TO_EXPIRE_SCALE", "The same for batches"), Range(1, 1000)]
    public int BatchTimeoutToExpireScale { get; set; } = 24;

    [ConfigKey("_FUNC_TASK_MAX_CHAIN_LENGTH", "Longest chain of functions that start functions"), Range(1, 100)]
    public int MaxChainLength { get; set; } = 5;

    [ConfigKey("_FUNC_TASK_ASYNC_POOL_SIZE", "Threads of DFF.ASYNC", IsLater = true), Range(1, 100)]
    public int AsyncPoolSize { get; set; } = 5;

    [ConfigKey("_FUNC_RESULT_MAX_BYTES", "Largest result"), Range(1024, 1073741824)]
    public int ResultMaxBytes { get; set; } = 100 * 1024 * 1024;

    [ConfigKey("_FUNC_LARGE_RESULT_MAX_BYTES", "Largest result of DFF.RESP_LARGE_DATA"), Range(1024, 1099511627776)]
    public long LargeResultMaxBytes { get; set; } = 1024L * 1024 * 1024;

    [ConfigKey("_FUNC_CACHE_MAX_BYTES", "Memory of a node for values of DFF.CACHE; beyond it those go that were not used for longest"), Range(1024, 1099511627776)]
    public long FuncCacheMaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>The queues of this node; none where it is not a worker.</summary>
    public IReadOnlySet<int> ServedBy(NodeOptions node) =>
        !node.HasRole("worker") ? new HashSet<int>() : Functions.ServedQueues.Parse(Queues == "all" ? $"0-{QueueCount - 1}" : Queues, QueueCount);
}
