namespace Dff.Python;

/// <summary>One function call, or one load of a script (<see cref="FunctionName"/> null).</summary>
public sealed class PythonCall
{
    /// <summary>The queue partition, ≥ 0, whose pool runs the call.</summary>
    public required int Queue { get; init; }

    public required ICodeSnapshot Code { get; init; }

    /// <summary><c>set__script</c>.</summary>
    public required string ScriptId { get; init; }

    /// <summary>Null: only load the script and answer its exported functions.</summary>
    public string? FunctionName { get; init; }

    /// <summary>
    /// UTF-8 source of the script under edit, run instead of its published code; null for published code. Other scripts stay published.
    /// </summary>
    public ReadOnlyMemory<byte>? DraftCode { get; init; }

    /// <summary>Keyword arguments: UTF-8 JSON of an object, passed to the worker unparsed.</summary>
    public ReadOnlyMemory<byte> Kwargs { get; init; } = "{}"u8.ToArray();

    /// <summary>UTF-8 JSON of an object: the <c>_DFF_*</c> names injected into the module, and nothing else.</summary>
    public ReadOnlyMemory<byte> Context { get; init; } = "{}"u8.ToArray();

    public ReturnForms Returns { get; init; } = ReturnForms.Raw;

    /// <summary>
    /// The soft timeout of user code, above zero and at most a day. The worker is killed <see cref="PythonEngineOptions.ExtraTimeoutToKill"/> after
    /// it.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the call may wait for a process; then it ends as <see cref="PythonOutcomeKind.NotStarted"/>.</summary>
    public TimeSpan WaitLimit { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>True: the outcome carries the facts of the script's exported functions too (always so for a load).</summary>
    public bool WantsFacts { get; init; }

    /// <summary>True: a result that the function gives piece by piece is written to a file, <see cref="PythonOutcome.Streamed"/>; false: it is a result like others.</summary>
    public bool TakesStream { get; init; }

    /// <summary>Called on a pool thread with each piece of log as the worker sends it, in order; null: only collected.</summary>
    public Action<LogChunk>? OnLog { get; init; }
}

[Flags]
public enum ReturnForms
{
    None = 0,

    /// <summary>JSON of a copy made JSON-able.</summary>
    Raw = 1,

    /// <summary>Text of <c>pprint</c>.</summary>
    Repr = 2,

    /// <summary>Indented JSON with sorted keys.</summary>
    JsonDumps = 4,

    All = Raw | Repr | JsonDumps,
}

/// <param name="Time">When the line was written, by the worker's clock.</param>
/// <param name="Text">One or more whole lines, or a part of one where it is longer than a chunk; no end-of-line at the end.</param>
public readonly record struct LogChunk(DateTimeOffset Time, string Text);

/// <param name="Ok">False: <paramref name="ErrorType"/> and <paramref name="ErrorMessage"/> are raised in user code.</param>
/// <param name="Payload">UTF-8 JSON, or source for <c>code.get</c>.</param>
/// <param name="ErrorType">Name of the exception class of the harness, e.g. <c>NotFoundException</c>.</param>
public readonly record struct HostReply(bool Ok, ReadOnlyMemory<byte> Payload, string? ErrorType = null, string? ErrorMessage = null)
{
    public static HostReply Json(ReadOnlyMemory<byte> json) => new(true, json);

    public static HostReply Error(string type, string message) => new(false, default, type, message);
}
