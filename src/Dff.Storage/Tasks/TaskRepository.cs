using Dapper;
using Dff.Abstractions.Tasks;
using Dff.Storage.Connections;

namespace Dff.Storage.Tasks;

public sealed record OpenedQueue
{
    /// <summary>Higher than that of any activation before.</summary>
    public long Epoch { get; init; }

    public bool IsPaused { get; init; }
}

/// <summary>Reads tasks, and takes queues over. What a queue changes goes through its <see cref="TaskWriter"/>.</summary>
public sealed class TaskRepository(StoreDatabase database)
{
    private const int MostAsked = 500;

    /// <summary>Takes the queue over: from now on no earlier writer can commit anything.</summary>
    public Task<OpenedQueue> OpenAsync(int queue, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var changed = await connection.ExecuteAsync("UPDATE task_queue SET epoch = epoch + 1 WHERE queue = @queue", new { queue }, transaction);
            if (changed == 0) await connection.ExecuteAsync("INSERT INTO task_queue (queue, epoch, isPaused) VALUES (@queue, 1, 0)", new { queue }, transaction);
            return await connection.QuerySingleAsync<OpenedQueue>("SELECT epoch, isPaused FROM task_queue WHERE queue = @queue", new { queue }, transaction);
        },
        cancellationToken);

    public TaskWriter Writer(int queue, long epoch) => new(database, queue, epoch);

    /// <exception cref="StaleEpochException">The queue has been taken over.</exception>
    public Task SetPausedAsync(int queue, long epoch, bool isPaused, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            var changed = await connection.ExecuteAsync("UPDATE task_queue SET isPaused = @isPaused WHERE queue = @queue AND epoch = @epoch", new { queue, epoch, isPaused }, transaction);
            return changed == 1 ? changed : throw new StaleEpochException(queue, epoch);
        },
        cancellationToken);

    /// <summary>All tasks of the queue that have not finished, in the order in which they were accepted.</summary>
    public Task<IReadOnlyList<UnfinishedTask>> GetUnfinishedAsync(int queue, CancellationToken cancellationToken) => database.QueryAsync<UnfinishedTask>(
        """
        SELECT id, status, priority, dueTime, expireSeconds, maxAttempts, retries, retryDelaySeconds, attempt, losses, handBacks, saveResult, silo
        FROM task WHERE queue = @queue AND isOpen = 1 ORDER BY seq
        """,
        new { queue },
        cancellationToken);

    public async Task<IReadOnlyList<TaskPayload>> GetPayloadsAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var payloads = new List<TaskPayload>(ids.Count);
        foreach (var some in ids.Chunk(MostAsked))
        {
            payloads.AddRange(await database.QueryAsync<TaskPayload>(
                """
                SELECT t.id, t.funcId, t.origin, t.originId, t.execMode, t.kwargsJSON, t.httpRequestJSON, t.returnForms, t.timeoutSeconds, t.queueTime, t.chainJSON, r.triggerTime, r.crontab
                FROM task t LEFT JOIN crontab_run r ON r.id = t.id WHERE t.id IN @some
                """,
                new { some },
                cancellationToken));
        }

        return payloads;
    }

    /// <summary>The task with all that is told of it; in one question, because each takes its way to the server and back.</summary>
    public Task<TaskRow?> FindAsync(string id, DateTimeOffset now, CancellationToken cancellationToken) => database.QueryFirstAsync<TaskRow>(
        """
        SELECT t.seq, t.id, t.queue, t.status, t.priority, t.dueTime, t.funcId, t.scriptPublishVersion, t.origin, t.originId, t.execMode, t.kwargsJSON, t.returnForms, t.timeoutSeconds, t.saveResult,
          t.attempt, t.handBacks, t.queueTime, t.startTime, t.endTime, t.errorType, t.einfoTEXT, r.id IS NOT NULL AS hasResult, r.raw, r.repr, r.jsonDumps, l.logMessageTEXT
        FROM task t LEFT JOIN task_result r ON r.id = t.id AND (r.expireTime IS NULL OR r.expireTime > @now) LEFT JOIN task_log l ON l.id = t.id
        WHERE t.id = @id
        """,
        new { id, now },
        cancellationToken);
}
