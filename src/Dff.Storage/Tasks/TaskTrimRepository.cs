using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.Tasks;

/// <summary>An owner of tasks that keeps only its latest ones.</summary>
public sealed record TaskOwner
{
    public string Id { get; init; } = "";

    public int TaskRecordLimit { get; init; }
}

/// <summary>
/// Deletes tasks that nobody needs any longer, a few hundred in a transaction, so that a queue's commits never wait long for it. What has not finished stays,
/// and so do the keys and results whose time is not over.
/// </summary>
public sealed class TaskTrimRepository(StoreDatabase database)
{
    private const int MostDeleted = 500;

    /// <summary>Deletes results and idempotency keys of a queue whose time is over.</summary>
    public async Task TrimExpiredAsync(int queue, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await RepeatAsync(async () =>
        {
            var results = await database.QueryAsync<string>(
                $"SELECT id FROM task_result WHERE queue = @queue AND expireTime <= @now ORDER BY expireTime LIMIT {MostDeleted}", new { queue, now }, cancellationToken);
            return await DeleteAsync("DELETE FROM task_result WHERE id IN @results", new { results }, results.Count, cancellationToken);
        });
        await RepeatAsync(async () =>
        {
            var keys = await database.QueryAsync<string>(
                $"SELECT idempotencyKey FROM task_key WHERE queue = @queue AND expireTime <= @now ORDER BY expireTime LIMIT {MostDeleted}", new { queue, now }, cancellationToken);
            // A key that is being used again at this moment has another time.
            return await DeleteAsync("DELETE FROM task_key WHERE queue = @queue AND idempotencyKey IN @keys AND expireTime <= @now", new { queue, keys, now }, keys.Count, cancellationToken);
        });
    }

    /// <summary>Deletes the oldest finished tasks of these origins beyond the latest <paramref name="kept"/>.</summary>
    public async Task TrimOriginsAsync(IReadOnlyList<string> origins, int kept, CancellationToken cancellationToken)
    {
        var last = await database.QueryFirstAsync<long?>($"SELECT seq FROM task WHERE origin IN @origins ORDER BY seq DESC LIMIT 1 OFFSET {kept}", new { origins }, cancellationToken);
        if (last is null) return;
        // What has not finished is passed over once.
        var after = 0L;
        await RepeatAsync(async () =>
        {
            var tasks = await database.QueryAsync<TrimmedTask>(
                $"""
                SELECT seq, id FROM task WHERE origin IN @origins AND seq > @after AND seq <= @last AND status NOT IN ('queued', 'running') ORDER BY seq LIMIT {MostDeleted}
                """,
                new { origins, after, last },
                cancellationToken);
            if (tasks.Count > 0) after = tasks[^1].Seq;
            return await DeleteTasksAsync([.. tasks.Select(task => task.Id)], cancellationToken);
        });
    }

    /// <summary>The batches, or the crontab configs, that have more tasks than they are to keep.</summary>
    /// <param name="origin">batch or crontab.</param>
    public Task<IReadOnlyList<TaskOwner>> GetOverfullOwnersAsync(string origin, CancellationToken cancellationToken) => database.QueryAsync<TaskOwner>(
        $"""
        SELECT o.id, o.taskRecordLimit FROM {(origin == "batch" ? "batch" : "crontab_config")} o
        JOIN (SELECT originId, COUNT(*) AS tasks FROM task WHERE origin = @origin GROUP BY originId) t ON t.originId = o.id
        WHERE t.tasks > o.taskRecordLimit
        """,
        new { origin },
        cancellationToken);

    /// <summary>Deletes the oldest finished tasks of an owner beyond its latest finished ones.</summary>
    public Task TrimOwnerAsync(string origin, TaskOwner owner, CancellationToken cancellationToken) => RepeatAsync(async () =>
    {
        var tasks = await database.QueryAsync<string>(
            $"""
            SELECT id FROM task WHERE originId = @Id AND origin = @origin AND status NOT IN ('queued', 'running') ORDER BY seq DESC LIMIT {MostDeleted} OFFSET @TaskRecordLimit
            """,
            new { owner.Id, origin, owner.TaskRecordLimit },
            cancellationToken);
        return await DeleteTasksAsync(tasks, cancellationToken);
    });

    private static async Task RepeatAsync(Func<Task<int>> delete)
    {
        while (await delete() == MostDeleted) await Task.Yield();
    }

    private Task<int> DeleteTasksAsync(IReadOnlyList<string> tasks, CancellationToken cancellationToken) => tasks.Count == 0 ? Task.FromResult(0) : database.WriteAsync(
        async (connection, transaction) =>
        {
            foreach (var table in (string[])["task_result", "task_log", "crontab_run", "task"]) await connection.ExecuteAsync($"DELETE FROM {table} WHERE id IN @tasks", new { tasks }, transaction);
            return tasks.Count;
        },
        cancellationToken);

    private Task<int> DeleteAsync(string sql, object parameters, int rows, CancellationToken cancellationToken) => rows == 0 ? Task.FromResult(0) : database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync(sql, parameters, transaction);
            return rows;
        },
        cancellationToken);

    private sealed record TrimmedTask
    {
        public long Seq { get; init; }

        public string Id { get; init; } = "";
    }
}
