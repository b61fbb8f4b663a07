using Dff.Abstractions.Tasks;
using Dff.Storage.Tasks;
using Orleans.Runtime;

namespace Dff.Grains.Tasks;

internal enum TaskPhase
{
    Waiting,
    Running,

    /// <summary>Its end is being committed.</summary>
    Ending,
}

/// <summary>An unfinished task in the memory of its queue.</summary>
internal sealed class QueuedTask
{
    private TaskCompletionSource? _ended;

    public required string Id { get; init; }

    /// <summary>By arrival; kept when the task goes back, which then is ahead of its equals.</summary>
    public long Order { get; set; }

    public required int Priority { get; init; }

    public required int? ExpireSeconds { get; init; }

    public required int MaxAttempts { get; init; }

    public required int Retries { get; init; }

    public required int RetryDelaySeconds { get; init; }

    public required bool SaveResult { get; init; }

    public required DateTimeOffset DueTime { get; set; }

    public int Attempt { get; set; }

    public int Losses { get; set; }

    public int HandBacks { get; set; }

    public TaskPhase Phase { get; set; }

    /// <summary>Who runs it.</summary>
    public SiloAddress? Silo { get; set; }

    /// <summary>When that silo last said so, as a timestamp of the queue's clock.</summary>
    public long RenewedAt { get; set; }

    /// <summary>Read from the store as running, and not heard of since: a silo that is not known now will not come.</summary>
    public bool IsRestored { get; set; }

    /// <summary>Null: to be read from the store.</summary>
    public TaskPayload? Payload { get; set; }

    public DateTimeOffset ExpireTime => ExpireSeconds is { } seconds ? DueTime.AddSeconds(seconds) : DateTimeOffset.MaxValue;

    /// <summary>Ends when the task's end is committed.</summary>
    public Task Ended => (_ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void SetEnded() => _ended?.TrySetResult();

    public static QueuedTask Of(UnfinishedTask row) => new()
    {
        Id = row.Id,
        Priority = row.Priority,
        ExpireSeconds = row.ExpireSeconds,
        MaxAttempts = row.MaxAttempts,
        Retries = row.Retries,
        RetryDelaySeconds = row.RetryDelaySeconds,
        SaveResult = row.SaveResult,
        DueTime = row.DueTime,
        Attempt = row.Attempt,
        Losses = row.Losses,
        HandBacks = row.HandBacks,
        Phase = row.Status == RunStatus.Running ? TaskPhase.Running : TaskPhase.Waiting,
        IsRestored = row.Status == RunStatus.Running,
        Silo = row is { Status: RunStatus.Running, Silo: { } silo } ? SiloAddress.FromParsableString(silo) : null,
    };

    public static QueuedTask Of(TaskInsert insert) => new()
    {
        Id = insert.TaskId,
        Priority = insert.Task.Priority,
        ExpireSeconds = insert.Task.ExpireSeconds,
        MaxAttempts = insert.Task.MaxAttempts,
        Retries = insert.Task.Retries,
        RetryDelaySeconds = insert.Task.RetryDelaySeconds,
        SaveResult = insert.Task.SaveResult,
        DueTime = insert.DueTime,
    };
}
