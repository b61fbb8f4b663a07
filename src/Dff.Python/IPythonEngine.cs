namespace Dff.Python;

/// <summary>
/// Runs Python functions in CPython worker processes of this machine, a pool per queue. The caller never sees a process: a worker that dies,
/// hangs or is replaced ends in a <see cref="PythonOutcome"/>, never in a lost call.
/// </summary>
public interface IPythonEngine : IAsyncDisposable
{
    /// <summary>Starts the zygote and waits until it answers. Throws <see cref="PythonEngineException"/> when there is no usable Python.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs one call on its queue's pool, waiting in the bounded wait line when every process is busy.
    /// Cancelling stops the wait, or kills the worker that runs the call; both end as <see cref="PythonOutcomeKind.Cancelled"/>.
    /// </summary>
    ValueTask<PythonOutcome> CallAsync(PythonCall call, CancellationToken cancellationToken);

    /// <summary>Sets how many processes <paramref name="queue"/> may have (1–1,000); processes above it go when their call ends.</summary>
    void SetConcurrency(int queue, int processes);

    PythonEngineReport GetReport();

    /// <summary>Refuses new calls and waits for those under way, at most <paramref name="limit"/>; the rest are killed.</summary>
    Task DrainAsync(TimeSpan limit);
}

/// <summary>What the host answers workers while a call runs. Thread-safe; called for many calls at once.</summary>
public interface IPythonHost
{
    /// <param name="call">The call whose code asks.</param>
    /// <param name="operation">A name like <c>env.get</c>; the list is in <c>docs/python-engine.md</c>.</param>
    /// <param name="arguments">UTF-8 JSON of the arguments. Valid until the returned task ends.</param>
    ValueTask<HostReply> HandleAsync(PythonCall call, string operation, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken);
}

/// <summary>
/// The published code of one moment. A call keeps the snapshot it began with, so a publish in the middle of it changes nothing for it.
/// </summary>
public interface ICodeSnapshot
{
    /// <summary>Grows with every change of published code on this silo.</summary>
    long Generation { get; }

    /// <summary>The published code of a script, or null where there is none.</summary>
    ValueTask<ScriptCode?> GetAsync(string scriptId, CancellationToken cancellationToken);

    /// <summary>The version that <see cref="GetAsync"/> would answer, without its code; null where there is none.</summary>
    int? VersionOf(string scriptId);

    /// <summary>
    /// The scripts changed or deleted after <paramref name="generation"/> up to this snapshot; null when that is no longer known (then: all).
    /// </summary>
    IReadOnlyCollection<string>? ChangedSince(long generation);
}

/// <param name="Version">The publish version, ≥ 1; a version's code never changes.</param>
/// <param name="Code">UTF-8 source.</param>
public sealed record ScriptCode(string ScriptId, int Version, ReadOnlyMemory<byte> Code);

/// <summary>Raised when the engine itself cannot work: no Python, a harness that does not start.</summary>
public sealed class PythonEngineException(string message, Exception? inner = null) : Exception(message, inner);
