using System.Globalization;
using Dff.Abstractions.Tasks;
using Dff.Storage.Tasks;

namespace Dff.Grains.Tasks;

/// <summary>What becomes of a task when an attempt has ended.</summary>
internal static class AttemptRules
{
    private const int MostHandBacks = 10;
    private const int LongestText = 4000;
    private static readonly TimeSpan LongestHandBackDelay = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromHours(1);

    public static TaskWrite After(QueuedTask task, EndedAttempt ended, DateTimeOffset now, TimeSpan resultLife) => ended.End switch
    {
        AttemptEnd.HandedBack => AfterHandBack(task, ended, now),
        AttemptEnd.WorkerLost => AfterLoss(task, ended.EinfoText ?? "The worker process was lost", now),
        _ when ended.Status != RunStatus.Success && task.Attempt - task.Losses - task.HandBacks <= task.Retries =>
            new TaskPutBack(task.Id, task.Losses, task.HandBacks, now + Delay(task.RetryDelaySeconds, task.Attempt - task.Losses - task.HandBacks, LongestRetryDelay)),
        _ => Finish(task, ended, now, resultLife),
    };

    /// <summary>An attempt began, and nobody knows how far it came.</summary>
    public static TaskWrite AfterLoss(QueuedTask task, string what, DateTimeOffset now)
    {
        if (task.Losses + 1 < task.MaxAttempts) return new TaskPutBack(task.Id, task.Losses + 1, task.HandBacks, now);
        return new TaskFinish(task.Id, RunStatus.Lost, now)
        {
            Losses = task.Losses + 1,
            ErrorType = "WorkerLost",
            EinfoTEXT = string.Create(CultureInfo.InvariantCulture, $"WorkerLost: {what}; {task.Losses + 1} attempts began and none came to an end"),
        };
    }

    private static TaskWrite AfterHandBack(QueuedTask task, EndedAttempt ended, DateTimeOffset now)
    {
        // The first time at once, for a node that stops; then slower and slower, for whatever keeps it from running.
        if (task.HandBacks < MostHandBacks)
            return new TaskPutBack(task.Id, task.Losses, task.HandBacks + 1, task.HandBacks == 0 ? now : now + Delay(1, task.HandBacks, LongestHandBackDelay));
        return new TaskFinish(task.Id, RunStatus.Lost, now)
        {
            Losses = task.Losses,
            ErrorType = ended.ErrorType ?? "WorkerLost",
            EinfoTEXT = Cut($"WorkerLost: it was given back {task.HandBacks + 1} times; the last time: {ended.EinfoText}"),
        };
    }

    private static TaskFinish Finish(QueuedTask task, EndedAttempt ended, DateTimeOffset now, TimeSpan resultLife) => new(task.Id, ended.Status, now)
    {
        Losses = task.Losses,
        ScriptPublishVersion = ended.ScriptPublishVersion,
        ErrorType = Cut(ended.ErrorType, 200),
        EinfoTEXT = Cut(ended.EinfoText),
        Result = ended.Status == RunStatus.Success ? new TaskResultRow { Raw = ended.Raw, Repr = ended.Repr, JsonDumps = ended.JsonDumps } : null,
        ResultExpireTime = task.SaveResult ? null : now + resultLife,
        Log = ended.Log is null && ended.Stack is null && ended.TraceInfoJson is null
            ? null
            : new TaskLogRow { LogMessageTEXT = ended.Log, StackTEXT = ended.Stack, TraceInfoJSON = ended.TraceInfoJson },
    };

    /// <summary>Doubled each time.</summary>
    private static TimeSpan Delay(int firstSeconds, int time, TimeSpan longest)
    {
        var seconds = firstSeconds * Math.Pow(2, Math.Min(time - 1, 30));
        return seconds < longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : longest;
    }

    private static string? Cut(string? text, int most = LongestText) => text is null || text.Length <= most ? text : text[..most] + "…";
}
