using Dff.Python.Zygote;

namespace Dff.Python.Workers;

/// <summary>Says how a worker ended in the middle of a call.</summary>
internal static class ExitText
{
    private const int ConnectionLost = 70;
    private const int SigKill = 9;
    private const int SigTerm = 15;

    private static readonly Dictionary<int, string> Signals = new()
    {
        [4] = "SIGILL", [5] = "SIGTRAP", [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [11] = "SIGSEGV", [25] = "SIGXFSZ", [31] = "SIGSYS",
    };

    public static (PythonOutcomeKind Kind, string Type, string Message) Describe(WorkerExit? exit) => exit switch
    {
        null or { IsWithZygote: true } => (PythonOutcomeKind.WorkerLost, "WorkerLost", "the worker process was lost together with the process that started it"),
        { Code: ConnectionLost } or { IsByUs: true } => (PythonOutcomeKind.WorkerExited, "WorkerExited", "the function closed the connection of its process"),
        { Code: { } code } => (PythonOutcomeKind.WorkerExited, "WorkerExited", $"the function ended its process with exit code {code}"),
        { Signal: SigKill or SigTerm } => (PythonOutcomeKind.WorkerLost, "WorkerLost", "the worker process was killed from outside"),
        { Signal: { } signal } => (
            PythonOutcomeKind.WorkerExited, "WorkerExited", $"the function crashed its process with signal {signal}{(Signals.TryGetValue(signal, out var name) ? $" ({name})" : "")}"),
        _ => (PythonOutcomeKind.WorkerLost, "WorkerLost", "the worker process was lost"),
    };
}
