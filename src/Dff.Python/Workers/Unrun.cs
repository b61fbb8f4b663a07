namespace Dff.Python.Workers;

/// <summary>Outcomes of calls of which nothing ran.</summary>
internal static class Unrun
{
    public static PythonOutcome Cancelled { get; } = Of(PythonOutcomeKind.Cancelled, "The caller cancelled the call before it ran.");

    public static PythonOutcome Stopping { get; } = Of(PythonOutcomeKind.WorkerLost, "The engine is stopping; the call did not run.");

    public static PythonOutcome NotStarted { get; } = Of(PythonOutcomeKind.NotStarted, "No process was free in the time that the call could wait; it did not run.");

    public static PythonOutcome Congested(int queue, int waiting) => new()
    {
        Kind = PythonOutcomeKind.Congested,
        ErrorType = nameof(PythonOutcomeKind.Congested),
        ErrorMessage = $"{waiting} calls wait for a process of queue {queue} already; the call did not run.",
        Waiting = waiting,
    };

    public static PythonOutcome Lost(int tries) =>
        Of(PythonOutcomeKind.WorkerLost, $"The call did not run: {tries} processes in a row were ended from outside before they took it.");

    private static PythonOutcome Of(PythonOutcomeKind kind, string message) => new() { Kind = kind, ErrorType = kind.ToString(), ErrorMessage = message };
}
