using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;
using Dff.Abstractions.Tasks;
using Dff.Storage.Connections;
using Dff.Storage.Crontab;

namespace Dff.Storage.Tasks;

/// <summary>The statements of one transaction of a queue. No task and no idempotency key stands in it twice, so the order of its changes does not matter.</summary>
/// <param name="looksForOwnIds">False: an ID of our own is taken for new, and a duplicate key fails the transaction.</param>
/// <param name="transaction">Null: it begins with the first message.</param>
internal sealed class TaskTransaction(DbConnection connection, DbTransaction? transaction, bool isSqlite, int queue, bool looksForOwnIds)
{
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    private const string TaskColumns = """
        id, queue, status, priority, dueTime, expireSeconds, funcId, origin, originId, execMode, kwargsJSON, httpRequestJSON, returnForms, timeoutSeconds,
        saveResult, maxAttempts, retries, retryDelaySeconds, attempt, losses, handBacks, queueTime, chainJSON, silo, startTime
        """;

    private readonly RowBatch _rows = new(connection, transaction, isSqlite, collects: true);

    /// <summary>Holds the queue until the commit, so that a newer activation begins after it or this one fails, at the latest when the changes have been applied.</summary>
    public async Task RequireEpochAsync(long epoch)
    {
        var sql = string.Create(CultureInfo.InvariantCulture, $"SELECT epoch FROM task_queue WHERE queue = {queue}");
        if (transaction is null) _rows.Open($"{StoreDatabase.BeginText}{sql} FOR UPDATE;\n", Require);
        else Require(await connection.ExecuteScalarAsync<long?>(sql, transaction: transaction));

        void Require(long? current)
        {
            if (current != epoch) throw new StaleEpochException(queue, epoch);
        }
    }

    /// <returns>For each insert what became of it; null for the other changes.</returns>
    public async Task<IReadOnlyList<object?>> ApplyAsync(IReadOnlyList<TaskWrite> writes)
    {
        var moves = writes.OfType<CrontabMove>().ToList();
        if (moves.Count > 0 || writes.OfType<TaskInsert>().Any(IsLookedFor)) await _rows.FlushAsync();
        var cursors = await new CrontabTransaction(connection, transaction, isSqlite).ApplyAsync([.. moves.Select(move => move.Advance)]);
        var inserted = await InsertAsync([.. writes.OfType<TaskInsert>(), .. moves.Where(move => cursors[move.Advance.ConfigId].IsApplied).SelectMany(move => move.Inserts)]);
        await _rows.UpdateAsync(
            "UPDATE task SET status = 'running', attempt = {0}, silo = {1}, startTime = {2} WHERE id",
            [.. writes.OfType<TaskBegin>().Select(begin => (object?[])[begin.Attempt, begin.Silo, begin.StartTime.ToUnixTimeMilliseconds(), begin.TaskId])]);
        await _rows.UpdateAsync(
            "UPDATE task SET status = 'queued', silo = NULL, losses = {0}, handBacks = {1}, dueTime = {2} WHERE id",
            [.. writes.OfType<TaskPutBack>().Select(back => (object?[])[back.Losses, back.HandBacks, back.DueTime.ToUnixTimeMilliseconds(), back.TaskId])]);
        await FinishAsync([.. writes.OfType<TaskFinish>()]);
        await _rows.FlushAsync();
        return
        [
            .. writes.Select(object? (write) => write switch
            {
                TaskInsert => inserted[write.TaskId],
                CrontabMove move => new CrontabMoved(cursors[move.Advance.ConfigId], move.Inserts.Select(run => run.TaskId).Where(id => inserted.TryGetValue(id, out var fate) && fate.Outcome == InsertOutcome.Added).ToHashSet()),
                _ => null,
            }),
        ];
    }

    /// <summary>Something is read before the task is put in.</summary>
    private bool IsLookedFor(TaskInsert insert) => looksForOwnIds || insert.Task.IsGivenId || insert.Task.IdempotencyKey is not null;

    private async Task<Dictionary<string, InsertResult>> InsertAsync(IReadOnlyList<TaskInsert> inserts)
    {
        var results = inserts.ToDictionary(insert => insert.TaskId, insert => new InsertResult(InsertOutcome.Added, insert.TaskId), StringComparer.Ordinal);
        if (inserts.Count == 0) return results;
        await FindKeysAsync(inserts, results);
        await FindIdsAsync(inserts, results);
        var added = inserts.Where(insert => results[insert.TaskId].Outcome == InsertOutcome.Added).ToList();
        await _rows.InsertAsync("task", TaskColumns, [.. added.Select(Row)]);
        await _rows.InsertAsync(
            "crontab_run",
            "id, triggerTime, crontab",
            [.. added.Where(insert => insert.Task.Crontab is not null).Select(insert => (object?[])
                [insert.TaskId, (insert.Task.TriggerTime ?? insert.QueueTime).ToUnixTimeMilliseconds(), insert.Task.Crontab])]);
        var keyed = added.Where(insert => insert.Task.IdempotencyKey is not null).ToList();
        await _rows.ExecuteEachAsync("DELETE FROM task_key WHERE queue = {0} AND idempotencyKey = {1}", [.. keyed.Select(insert => (object?[])[queue, insert.Task.IdempotencyKey])]);
        await _rows.InsertAsync(
            "task_key",
            "queue, idempotencyKey, taskId, contentHash, expireTime",
            [.. keyed.Select(insert => (object?[])[queue, insert.Task.IdempotencyKey, insert.TaskId, insert.Task.ContentHash ?? "", (insert.QueueTime + KeyLife).ToUnixTimeMilliseconds()])]);
        return results;
    }

    private async Task FindKeysAsync(IReadOnlyList<TaskInsert> inserts, Dictionary<string, InsertResult> results)
    {
        var keyed = inserts.Where(insert => insert.Task.IdempotencyKey is not null).ToList();
        if (keyed.Count == 0) return;
        var known = (await connection.QueryAsync<(string Key, string TaskId, string Hash, long ExpireTime)>(
            "SELECT idempotencyKey, taskId, contentHash, expireTime FROM task_key WHERE queue = @queue AND idempotencyKey IN @keys",
            new { queue, keys = keyed.Select(insert => insert.Task.IdempotencyKey) },
            transaction)).ToDictionary(row => row.Key, StringComparer.Ordinal);
        foreach (var insert in keyed)
        {
            if (!known.TryGetValue(insert.Task.IdempotencyKey!, out var row) || row.ExpireTime <= insert.QueueTime.ToUnixTimeMilliseconds()) continue;
            results[insert.TaskId] = new InsertResult(row.Hash == insert.Task.ContentHash ? InsertOutcome.Repeated : InsertOutcome.KeyReused, row.TaskId);
        }
    }

    private async Task FindIdsAsync(IReadOnlyList<TaskInsert> inserts, Dictionary<string, InsertResult> results)
    {
        var open = inserts.Where(insert => (looksForOwnIds || insert.Task.IsGivenId) && results[insert.TaskId].Outcome == InsertOutcome.Added).ToDictionary(insert => insert.TaskId, StringComparer.Ordinal);
        if (open.Count == 0) return;
        foreach (var id in await connection.QueryAsync<string>("SELECT id FROM task WHERE id IN @ids", new { ids = open.Keys }, transaction))
            results[id] = new InsertResult(open[id].Task.IsGivenId ? InsertOutcome.IdTaken : InsertOutcome.Repeated, id);
    }

    private object?[] Row(TaskInsert insert)
    {
        var task = insert.Task;
        return
        [
            task.TaskId, queue, insert.Silo is null ? RunStatus.Queued : RunStatus.Running, task.Priority, insert.DueTime.ToUnixTimeMilliseconds(), task.ExpireSeconds, task.FuncId, task.Origin, task.OriginId, task.ExecMode,
            Encoding.UTF8.GetString(task.Kwargs), task.HttpRequest is null ? null : Encoding.UTF8.GetString(task.HttpRequest), (int)task.Returns, task.TimeoutSeconds,
            task.SaveResult ? 1 : 0, task.MaxAttempts, task.Retries, task.RetryDelaySeconds, insert.Silo is null ? 0 : 1, 0, 0, insert.QueueTime.ToUnixTimeMilliseconds(), task.ChainJson,
            insert.Silo, insert.Silo is null ? null : insert.QueueTime.ToUnixTimeMilliseconds(),
        ];
    }

    private async Task FinishAsync(IReadOnlyList<TaskFinish> ends)
    {
        await _rows.UpdateAsync(
            "UPDATE task SET status = {0}, endTime = {1}, losses = {2}, scriptPublishVersion = {3}, errorType = {4}, einfoTEXT = {5}, silo = NULL WHERE id",
            [.. ends.Select(end => (object?[])[end.Status, end.EndTime.ToUnixTimeMilliseconds(), end.Losses, end.ScriptPublishVersion, end.ErrorType, end.EinfoTEXT, end.TaskId])]);
        await _rows.InsertAsync(
            "task_result",
            "id, queue, raw, repr, jsonDumps, expireTime",
            [.. ends.Where(end => end.Result is not null).Select(end => (object?[])
                [end.TaskId, queue, end.Result!.Raw, end.Result.Repr, end.Result.JsonDumps, end.ResultExpireTime?.ToUnixTimeMilliseconds()])]);
        await _rows.InsertAsync(
            "task_log",
            "id, logMessageTEXT, stackTEXT, traceInfoJSON",
            [.. ends.Where(end => end.Log is not null).Select(end => (object?[])[end.TaskId, end.Log!.LogMessageTEXT, end.Log.StackTEXT, end.Log.TraceInfoJSON])]);
    }
}
