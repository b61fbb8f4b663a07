using Microsoft.Extensions.Logging;

namespace Dff.Python;

internal static partial class EngineLog
{
    [LoggerMessage(EventName = "EngineReady", Level = LogLevel.Information,
        Message = "Python {Version} ({Executable}) is ready, isolation: {Isolation}, drivers of data sources: {Drivers}")]
    public static partial void EngineReady(ILogger logger, string version, string executable, string isolation, string drivers);

    [LoggerMessage(EventName = "ZygoteWarning", Level = LogLevel.Warning,
        Message = "Python engine: {Warning}")]
    public static partial void ZygoteWarning(ILogger logger, string warning);

    [LoggerMessage(EventName = "ZygoteSaid", Level = LogLevel.Warning,
        Message = "Python process: {Line}")]
    public static partial void ZygoteSaid(ILogger logger, string line);

    [LoggerMessage(EventName = "ZygoteLost", Level = LogLevel.Error,
        Message = "The process that starts Python workers (pid {ProcessId}) ended; it is started again")]
    public static partial void ZygoteLost(ILogger logger, int processId);

    [LoggerMessage(EventName = "ZygoteFailed", Level = LogLevel.Error,
        Message = "The process that starts Python workers did not start; the next try is in {Delay}")]
    public static partial void ZygoteFailed(ILogger logger, Exception exception, TimeSpan delay);

    [LoggerMessage(EventName = "ZygoteStuck", Level = LogLevel.Error,
        Message = "The end of worker slot {Slot} was ordered {Limit} ago and has not come; the process that starts workers is replaced")]
    public static partial void ZygoteStuck(ILogger logger, int slot, TimeSpan limit);

    [LoggerMessage(EventName = "ZygoteLineUnknown", Level = LogLevel.Error,
        Message = "The process that starts Python workers sent what is not an event: {Line}")]
    public static partial void ZygoteLineUnknown(ILogger logger, Exception exception, string line);

    [LoggerMessage(EventName = "WorkerStarted", Level = LogLevel.Debug,
        Message = "Queue {Queue}: worker process {ProcessId} (slot {Slot}) is ready")]
    public static partial void WorkerStarted(ILogger logger, int queue, int processId, int slot);

    [LoggerMessage(EventName = "WorkerNotStarted", Level = LogLevel.Warning,
        Message = "Queue {Queue}: a worker process did not start; the next try is in {Delay}")]
    public static partial void WorkerNotStarted(ILogger logger, int queue, TimeSpan delay);

    [LoggerMessage(EventName = "WorkerEnded", Level = LogLevel.Debug,
        Message = "Worker process {ProcessId} (slot {Slot}) ended: {Exit}, ordered because: {Reason}")]
    public static partial void WorkerEnded(ILogger logger, int processId, int slot, object exit, object reason);

    [LoggerMessage(EventName = "WorkerFault", Level = LogLevel.Warning,
        Message = "Worker process {ProcessId} of queue {Queue} broke the protocol in {Script}: {Fault}")]
    public static partial void WorkerFault(ILogger logger, int processId, int queue, string script, string fault);

    [LoggerMessage(EventName = "StrangerRefused", Level = LogLevel.Warning,
        Message = "A connection to the workers' socket was refused: {Fault}")]
    public static partial void StrangerRefused(ILogger logger, string fault);

    [LoggerMessage(EventName = "HostFailed", Level = LogLevel.Error,
        Message = "The host failed to answer {Operation} of {Script}")]
    public static partial void HostFailed(ILogger logger, Exception exception, string operation, string script);

    [LoggerMessage(EventName = "LogListenerFailed", Level = LogLevel.Error,
        Message = "The listener to the log of {Script} failed")]
    public static partial void LogListenerFailed(ILogger logger, Exception exception, string script);
}
