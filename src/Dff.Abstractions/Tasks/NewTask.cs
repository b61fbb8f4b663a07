using Dff.Abstractions.Functions;

namespace Dff.Abstractions.Tasks;

/// <summary>A call that is to be run later, as it is put into a queue.</summary>
[GenerateSerializer, Immutable, Alias("dff.new-task")]
public sealed record NewTask
{
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>True: the caller chose the ID, so one that exists is refused. False: the ID is our own and new, so one that exists is this very task, sent again.</summary>
    [Id(1)] public bool IsGivenId { get; init; }

    /// <summary><c>set__script.function</c>.</summary>
    [Id(2)] public required string FuncId { get; init; }

    /// <summary>direct, authLink, batch, crontab or integration.</summary>
    [Id(3)] public required string Origin { get; init; }

    [Id(4)] public string? OriginId { get; init; }

    /// <summary>async, crontab or auto.</summary>
    [Id(5)] public required string ExecMode { get; init; }

    /// <summary>UTF-8 JSON object, at most <see cref="LargestKwargs"/> bytes.</summary>
    [Id(6)] public required byte[] Kwargs { get; init; }

    /// <summary>UTF-8 JSON of <c>_DFF_HTTP_REQUEST</c>; null where there is none.</summary>
    [Id(7)] public byte[]? HttpRequest { get; init; }

    [Id(8)] public FunctionReturns Returns { get; init; } = FunctionReturns.Raw;

    /// <summary>How long one attempt may run.</summary>
    [Id(9)] public required int TimeoutSeconds { get; init; }

    /// <summary>How long it may wait from the moment it could begin; null: for ever.</summary>
    [Id(10)] public int? ExpireSeconds { get; init; }

    /// <summary>Not before; null: at once.</summary>
    [Id(11)] public DateTimeOffset? Eta { get; init; }

    /// <summary>0–255; the higher one goes first, among equals the older one.</summary>
    [Id(12)] public int Priority { get; init; }

    /// <summary>How many attempts may begin when none of them comes to an end, because worker or node are lost.</summary>
    [Id(13)] public int MaxAttempts { get; init; } = 2;

    /// <summary>How often it is tried again after a failure or a timeout.</summary>
    [Id(14)] public int Retries { get; init; }

    /// <summary>Before the first retry; doubled for each further one, up to an hour.</summary>
    [Id(15)] public int RetryDelaySeconds { get; init; } = 1;

    /// <summary>False: the result is kept for <c>_WORKER_RESULT_EXPIRES</c> only.</summary>
    [Id(16)] public bool SaveResult { get; init; }

    /// <summary>Within 24 h and one queue the same key is answered with the same task.</summary>
    [Id(17)] public string? IdempotencyKey { get; init; }

    /// <summary>Of what the caller asked for; the same key with another one is refused. Set where there is a key.</summary>
    [Id(18)] public string? ContentHash { get; init; }

    /// <summary>JSON of the <see cref="TaskChain"/>; null: it was called from outside.</summary>
    [Id(19)] public string? ChainJson { get; init; }

    /// <summary>The scheduled moment that the run is for; null: when it is queued.</summary>
    [Id(30)] public DateTimeOffset? TriggerTime { get; init; }

    /// <summary>The crontab expression in force, of a run of a crontab config; null: it is none.</summary>
    [Id(31)] public string? Crontab { get; init; }

    public const int LargestKwargs = 1024 * 1024;
    public const int HighestPriority = 255;
}

/// <param name="TaskId">The new task, or the one that the idempotency key belongs to.</param>
/// <param name="IsRepeated">Nothing was added: the task was there already.</param>
[GenerateSerializer, Immutable, Alias("dff.enqueued-task")]
public sealed record EnqueuedTask([property: Id(0)] string TaskId, [property: Id(1)] bool IsRepeated);
