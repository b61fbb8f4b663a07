namespace Dff.Python;

public enum PythonOutcomeKind
{
    /// <summary>The function returned; the forms asked for are set.</summary>
    Succeeded,

    /// <summary>User code raised: at load, in its arguments, or in the function.</summary>
    Raised,

    /// <summary>User code ran longer than the call's timeout.</summary>
    TimedOut,

    /// <summary>The function returned something that cannot be answered: too large, or not serialisable.</summary>
    ResultUnusable,

    /// <summary>The script or the function in it does not exist (any more).</summary>
    NotFound,

    /// <summary>User code ended its process: <c>os._exit</c>, a crash by signal, the memory limit.</summary>
    WorkerExited,

    /// <summary>The process was ended from outside user code (killed, zygote gone). The same call may be tried again.</summary>
    WorkerLost,

    /// <summary>The wait line of the queue is full; nothing ran.</summary>
    Congested,

    /// <summary>The wait limit of the call ended before a process was free; nothing ran.</summary>
    NotStarted,

    /// <summary>The caller cancelled.</summary>
    Cancelled,
}

/// <summary>How a call ended. Never thrown, always answered.</summary>
public sealed class PythonOutcome
{
    public required PythonOutcomeKind Kind { get; init; }

    /// <summary>UTF-8 JSON; set when asked for and succeeded.</summary>
    public ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>UTF-8 text; set when asked for and succeeded.</summary>
    public ReadOnlyMemory<byte> Repr { get; init; }

    /// <summary>UTF-8 text; set when asked for and succeeded.</summary>
    public ReadOnlyMemory<byte> JsonDumps { get; init; }

    /// <summary>
    /// What the function gave as the content of its answer, as it is (text or bytes with a content type of its own); empty otherwise.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>
    /// UTF-8 JSON <c>{statusCode, contentType, headers, allow304, download, file}</c>, only what the function gave; empty when it answered plainly.
    /// </summary>
    public ReadOnlyMemory<byte> Response { get; init; }

    /// <summary>The content of the answer in a file, which belongs to whoever takes the outcome; null where it is not streamed.</summary>
    public StreamedResult? Streamed { get; init; }

    /// <summary>UTF-8 JSON array of exported functions, in the shape of <c>exportedAPIFuncs</c>; set when asked for and the script loaded.</summary>
    public ReadOnlyMemory<byte> Facts { get; init; }

    /// <summary>Exception class, e.g. <c>ZeroDivisionError</c>; empty when succeeded.</summary>
    public string ErrorType { get; init; } = "";

    /// <summary>One clear sentence for the caller; empty when succeeded.</summary>
    public string ErrorMessage { get; init; } = "";

    /// <summary>The traceback with user frames only, as Python prints it; empty where there is none.</summary>
    public string Stack { get; init; } = "";

    /// <summary>UTF-8 JSON <c>{header, exceptionDump, stack[]}</c>; empty where there is none.</summary>
    public ReadOnlyMemory<byte> TraceInfo { get; init; }

    /// <summary>UTF-8 JSON with what more is known of the error, e.g. <c>{line, column}</c> of a SyntaxError; empty where there is none.</summary>
    public ReadOnlyMemory<byte> ErrorDetail { get; init; }

    /// <summary>The call's log, cut at <see cref="PythonEngineOptions.MaxLogBytes"/> with a mark.</summary>
    public IReadOnlyList<LogChunk> Log { get; init; } = [];

    /// <summary>Time in user code; zero where nothing ran.</summary>
    public TimeSpan Cost { get; init; }

    /// <summary>For <see cref="PythonOutcomeKind.Congested"/>: calls in the wait line.</summary>
    public int Waiting { get; init; }
}

/// <param name="Path">The file is to be deleted by whoever takes it.</param>
public sealed record StreamedResult(string Path, long Length);

/// <summary>The engine as it is now, for readiness and monitoring.</summary>
/// <param name="Isolation">How user code is kept apart: <c>uid+mount</c>, <c>uid</c>, <c>namespace+mount</c>,
/// <c>namespace+landlock</c>, <c>namespace</c>, <c>landlock</c>, <c>none</c>; empty while there is no zygote.</param>
public sealed record PythonEngineReport(bool IsReady, string Executable, string Version, string Isolation, IReadOnlyList<PoolReport> Pools)
{
    /// <summary>Types of data sources whose Python library is installed.</summary>
    public IReadOnlyList<string> Drivers { get; init; } = [];

    /// <summary>The process that starts the workers; null while there is none.</summary>
    public int? ZygoteProcessId { get; init; }
}

/// <param name="Processes">Alive, the warm spare included.</param>
/// <param name="Busy">Running a call.</param>
/// <param name="Waiting">Calls in the wait line.</param>
/// <param name="ProcessIds">As seen by the silo.</param>
public sealed record PoolReport(int Queue, int Concurrency, int Processes, int Busy, int Waiting, IReadOnlyList<int> ProcessIds);
