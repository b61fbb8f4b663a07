using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Orleans.Runtime;

namespace Dff.Abstractions.Tasks;

/// <summary>
/// One queue partition, and the only writer of its tasks. Key: the number of the partition.
/// What it answers is committed. Delivery is at least once: a task may begin again when its worker or node is lost, at most <see cref="NewTask.MaxAttempts"/>
/// times, and a finished task is never run again. While the queue moves to another node its calls fail with <see cref="QueueErrors.Moving"/>.
/// </summary>
[Alias("dff.queue")]
public interface IQueueGrain : IGrainWithIntegerKey
{
    /// <summary>Puts a task into the queue.</summary>
    /// <exception cref="DffException">EWorkerQueueCongestion: as many tasks as allowed have not finished; EClientDuplicated: the ID, or the key with another content, is in use. Nothing was added.</exception>
    [Alias("enqueue")]
    Task<EnqueuedTask> EnqueueAsync(NewTask task);

    /// <summary>Queues the runs of a crontab config, records what is skipped, and moves its cursor, in one transaction.</summary>
    /// <exception cref="DffException">EWorkerQueueCongestion: there is no room for the runs; nothing was changed.</exception>
    [Alias("advance-crontab")]
    Task<CrontabAdvanced> AdvanceCrontabAsync(CrontabAdvance advance);

    /// <summary>
    /// Does the same as <see cref="AdvanceCrontabAsync"/> with an advance of one run, when its moment comes. Until then it is in memory alone, one for each
    /// config: who brings it asks afterwards what became of it, and takes it back before anything changes on which it was planned.
    /// </summary>
    [Alias("prepare-crontab")]
    Task PrepareCrontabAsync(CrontabAdvance advance);

    /// <summary>Takes back what a config has prepared and is not due; what is, is answered when it is committed.</summary>
    /// <returns>Not applied: it was taken back. Null: nothing is known of it, because it was asked before, or the queue has moved since.</returns>
    /// <exception cref="DffException">EWorkerQueueCongestion: there was no room for the run; nothing was changed.</exception>
    [Alias("settle-prepared")]
    Task<CrontabAdvanced?> SettlePreparedAsync(string configId);

    /// <summary>Lets a task begin that waits for its moment.</summary>
    /// <returns>False: the queue has no such waiting task.</returns>
    [Alias("release")]
    Task<bool> ReleaseAsync(string taskId);

    /// <summary>Begins up to <paramref name="free"/> tasks on a silo; waits for one, at most <paramref name="limit"/>, where there is none.</summary>
    [Alias("lease")]
    Task<IReadOnlyList<LeasedTask>> LeaseAsync(SiloAddress silo, int free, TimeSpan limit);

    /// <summary>Takes down how attempts ended, and begins up to <paramref name="free"/> further tasks in the same commit, without waiting for any.</summary>
    /// <param name="ahead">How many more it may begin for processes that will be free in a moment; none where another silo waits for a task, or where one may begin once only.</param>
    [Alias("complete")]
    Task<IReadOnlyList<LeasedTask>> CompleteAsync(SiloAddress silo, IReadOnlyList<EndedAttempt> ended, int free, int ahead);

    /// <summary>Says that these attempts are still running; a silo that does not say so for 30 s loses them.</summary>
    /// <param name="isAll">True: the silo has no others, and none is on its way to it, so that what else has begun for it never reached it and goes back uncounted.</param>
    /// <returns>Those that are not its own any more: they are to be ended.</returns>
    [Alias("renew")]
    Task<IReadOnlyList<HeldTask>> RenewAsync(SiloAddress silo, IReadOnlyList<HeldTask> held, bool isAll);

    /// <summary>Ends a task that has not finished; one that runs is killed.</summary>
    /// <returns>False: the queue has no such unfinished task.</returns>
    [Alias("cancel")]
    Task<bool> CancelAsync(string taskId);

    /// <summary>Returns when the task has finished, or after <paramref name="limit"/>.</summary>
    /// <returns>False: it has not.</returns>
    [Alias("wait"), ResponseTimeout("00:01:30")]
    Task<bool> WaitAsync(string taskId, TimeSpan limit);

    /// <summary>A paused queue accepts tasks and begins none; those that run go on.</summary>
    [Alias("set-paused")]
    Task SetPausedAsync(bool isPaused);

    /// <summary>Cancels all tasks that wait.</summary>
    /// <returns>How many.</returns>
    [Alias("clear"), ResponseTimeout("00:05:00")]
    Task<int> ClearAsync();

    /// <summary>Also wakes the queue where it sleeps, so that what became of a dead node's tasks is settled.</summary>
    [Alias("report")]
    Task<QueueReport> GetReportAsync();
}

/// <param name="Ready">Tasks that could begin.</param>
/// <param name="Scheduled">Tasks that wait for their moment.</param>
[GenerateSerializer, Immutable, Alias("dff.queue-report")]
public sealed record QueueReport(
    [property: Id(0)] int Queue, [property: Id(1)] int Ready, [property: Id(2)] int Scheduled, [property: Id(3)] int Running, [property: Id(4)] bool IsPaused, [property: Id(5)] int Limit);

/// <summary>One attempt of a task.</summary>
[GenerateSerializer, Immutable, Alias("dff.held-task")]
public readonly record struct HeldTask([property: Id(0)] string TaskId, [property: Id(1)] int Attempt);

public static class QueueErrors
{
    /// <summary>The sub-reason of what was not answered because the queue was moving: whether it took effect is not known.</summary>
    public const string Moving = ErrorReason.Sys + ".QueueMoving";
}
