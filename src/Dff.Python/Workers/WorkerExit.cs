namespace Dff.Python.Workers;

/// <summary>How a worker process ended, as its zygote saw it.</summary>
/// <param name="Code">Null when it was ended by a signal, or when nobody saw the end.</param>
internal readonly record struct WorkerExit(int? Code, int? Signal, bool WasKilled)
{
    public const int Kill = 9;

    private const int HangUp = 1, Interrupt = 2, Terminate = 15;

    /// <summary>The zygote went, and all its workers with it.</summary>
    public static WorkerExit WithZygote => new(null, null, false);

    /// <summary>A signal that the kernel sends for what the process did; SIGKILL and the polite ones come from elsewhere.</summary>
    private bool IsCrash => Signal is { } signal && signal is not (Kill or Terminate or Interrupt or HangUp);

    /// <summary>What the call that ran in it is told.</summary>
    public (PythonOutcomeKind Kind, string Message) Explain() => this switch
    {
        { Code: { } code } => (PythonOutcomeKind.WorkerExited, $"The function ended its process with exit code {code}."),
        { IsCrash: true, Signal: { } signal } => (PythonOutcomeKind.WorkerExited, $"The function's process crashed with signal {signal} ({NameOf(signal)})."),
        { Signal: { } signal } => (PythonOutcomeKind.WorkerLost, $"The function's process was ended from outside with signal {signal} ({NameOf(signal)})."),
        _ => (PythonOutcomeKind.WorkerLost, "The function's process was ended from outside, together with the process that started it."),
    };

    private static string NameOf(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        10 => "SIGUSR1",
        11 => "SIGSEGV",
        12 => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => "signal",
    };
}
