namespace Dff.Abstractions.Functions;

/// <summary>Runs functions on a silo that serves the queue. Key: the number of the queue partition. A stateless worker: every serving silo has its own.</summary>
[Alias("dff.function-worker")]
public interface IFunctionWorkerGrain : IGrainWithIntegerKey
{
    /// <summary>Runs one function to its end. Never throws for what user code does: see <see cref="FunctionOutcome"/>.</summary>
    [Alias("call"), ResponseTimeout("01:05:00")]
    Task<FunctionOutcome> CallAsync(FunctionCall call);
}

[GenerateSerializer, Immutable, Alias("dff.function-call")]
public sealed record FunctionCall
{
    [Id(0)] public required string ScriptId { get; init; }

    /// <summary>Null: only load the script.</summary>
    [Id(1)] public string? FunctionName { get; init; }

    /// <summary>UTF-8 JSON object.</summary>
    [Id(2)] public required byte[] Kwargs { get; init; }

    /// <summary>UTF-8 JSON object of the <c>_DFF_*</c> names.</summary>
    [Id(3)] public required byte[] Context { get; init; }

    [Id(4)] public FunctionReturns Returns { get; init; } = FunctionReturns.Raw;

    [Id(5)] public TimeSpan Timeout { get; init; }

    /// <summary>How long the call may wait for a worker process; then it ends as <see cref="FunctionOutcomeKind.NotStarted"/>.</summary>
    [Id(6)] public TimeSpan WaitLimit { get; init; }

    /// <summary>Draft source; null: the published code.</summary>
    [Id(7)] public string? DraftCode { get; init; }

    [Id(8)] public bool WantsFacts { get; init; }

    /// <summary>The task ID under whose <see cref="Tasks.ITaskFeedGrain"/> the log can be followed while the function runs; null: nobody follows.</summary>
    [Id(9)] public string? FeedId { get; init; }

    /// <summary>True: the answer may be a file; false: whatever the function returns is a result like others.</summary>
    [Id(10)] public bool TakesFile { get; init; }

    /// <summary>True: the arguments are secrets, and a failure is recorded without the values of variables.</summary>
    [Id(11)] public bool HidesArguments { get; init; }
}

[Flags]
public enum FunctionReturns
{
    None = 0,
    Raw = 1,
    Repr = 2,
    JsonDumps = 4,
    All = Raw | Repr | JsonDumps,
}

public enum FunctionOutcomeKind
{
    Succeeded,
    Raised,
    TimedOut,
    ResultUnusable,
    NotFound,
    WorkerExited,
    WorkerLost,
    Congested,

    /// <summary>The wait limit ended before a worker was free; nothing ran.</summary>
    NotStarted,
}

[GenerateSerializer, Immutable, Alias("dff.function-outcome")]
public sealed record FunctionOutcome
{
    [Id(0)] public required FunctionOutcomeKind Kind { get; init; }

    [Id(1)] public ReadOnlyMemory<byte> Raw { get; init; }

    [Id(2)] public ReadOnlyMemory<byte> Repr { get; init; }

    [Id(3)] public ReadOnlyMemory<byte> JsonDumps { get; init; }

    [Id(4)] public ReadOnlyMemory<byte> Facts { get; init; }

    [Id(5)] public string ErrorType { get; init; } = "";

    [Id(6)] public string ErrorMessage { get; init; } = "";

    [Id(7)] public string Stack { get; init; } = "";

    [Id(8)] public ReadOnlyMemory<byte> TraceInfo { get; init; }

    [Id(9)] public IReadOnlyList<string> Log { get; init; } = [];

    [Id(10)] public TimeSpan Cost { get; init; }

    [Id(11)] public int Waiting { get; init; }

    /// <summary>UTF-8 JSON with what more is known of the error, e.g. <c>{line, column}</c> of a SyntaxError; empty where there is none.</summary>
    [Id(12)] public ReadOnlyMemory<byte> ErrorDetail { get; init; }

    /// <summary>What the function gave as the content of its answer, as it is; empty where the result is the content.</summary>
    [Id(13)] public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>UTF-8 JSON of how the function wants to be answered; empty where it said nothing.</summary>
    [Id(14)] public ReadOnlyMemory<byte> Response { get; init; }

    /// <summary>The content of the answer; null where it is in here.</summary>
    [Id(15)] public ResultFile? File { get; init; }

    /// <summary>What callers are told of an error: the last two lines of the traceback, or the message where there is none.</summary>
    public string ErrorInfo
    {
        get
        {
            // From Python 3.11 on a line of marks may stand below that of the code.
            var lines = Stack.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line.AsSpan().IndexOfAnyExcept("^~ ") >= 0).ToArray();
            return lines.Length == 0 ? ErrorMessage : string.Join('\n', lines[^Math.Min(2, lines.Length)..]);
        }
    }
}
