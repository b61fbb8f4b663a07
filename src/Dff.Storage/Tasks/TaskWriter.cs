using System.Data.Common;
using Dff.Storage.Connections;

namespace Dff.Storage.Tasks;

/// <summary>
/// The only writer of one queue's tasks while its epoch lasts. Changes that come while a transaction is being committed make the next one, so that a commit is
/// shared by all that wait. They are committed in the order in which they came; a change is answered when it is committed, and only then.
/// After a failure nothing more is written: what has been committed is then to be read anew, by a writer of a newer epoch.
/// </summary>
public sealed class TaskWriter(StoreDatabase database, int queue, long epoch)
{
    private const int MostWrites = 1000;
    private const int MostBytes = 8 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _isWriting;
    private Exception? _failure;

    public long Epoch => epoch;

    public async Task<InsertResult> InsertAsync(TaskInsert insert) => (InsertResult)(await AddAsync(insert))!;

    /// <returns>For each of the moves, which are at least one, what became of it; when the last is committed.</returns>
    public async Task<IReadOnlyList<CrontabMoved>> MoveCrontabAsync(IReadOnlyList<CrontabMove> moves)
    {
        var moved = new CrontabMoved[moves.Count];
        moved[^1] = (CrontabMoved)(await AddAsync([.. moves.SkipLast(1).Select((move, index) => new Waiting(move, null, result => moved[index] = (CrontabMoved)result!))], moves[^1]))!;
        return moved;
    }

    /// <exception cref="StaleEpochException">The queue has another writer now. Nothing was written.</exception>
    public Task WriteAsync(TaskWrite write) => AddAsync(write);

    /// <summary>As one after the other, which the end of the last tells of all.</summary>
    /// <exception cref="StaleEpochException">The queue has another writer now.</exception>
    public Task WriteAsync(IReadOnlyList<TaskWrite> writes) => writes.Count == 0 ? Task.CompletedTask : AddAsync([.. writes.SkipLast(1).Select(write => new Waiting(write, null))], writes[^1]);

    private Task<object?> AddAsync(TaskWrite write) => AddAsync([], write);

    private Task<object?> AddAsync(IReadOnlyList<Waiting> before, TaskWrite last)
    {
        var answer = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_failure is not null) return Task.FromException<object?>(_failure);
            foreach (var waiting in before) _waiting.Enqueue(waiting);
            _waiting.Enqueue(new Waiting(last, answer));
            if (_isWriting) return answer.Task;
            _isWriting = true;
        }

        // Not on the caller's scheduler: the embedded store blocks the thread that writes.
        _ = Task.Run(WriteWaitingAsync);
        return answer.Task;
    }

    private async Task WriteWaitingAsync()
    {
        while (TakeBatch() is { } batch)
        {
            try
            {
                await CommitAsync(batch, looksForOwnIds: false).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // It may or may not have been committed, so nothing after it may build upon it.
                Fail(error, batch);
                return;
            }
        }
    }

    private List<Waiting>? TakeBatch()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _isWriting = false;
                return null;
            }

            var batch = new List<Waiting>();
            var tokens = new HashSet<string>(StringComparer.Ordinal);
            for (var bytes = 0L; _waiting.TryPeek(out var next) && batch.Count < MostWrites && (batch.Count == 0 || bytes + next.Write.Size <= MostBytes);)
            {
                // Two changes of one task, or two uses of one key, must be seen one after the other.
                if (!tokens.Add(next.Write.TaskId) || (next.Write is TaskInsert { Task.IdempotencyKey: { } key } && !tokens.Add("key " + key))) break;
                bytes += next.Write.Size;
                batch.Add(_waiting.Dequeue());
            }

            return batch;
        }
    }

    /// <param name="looksForOwnIds">An ID of our own that is there already comes from a call that was sent again, which is rare: it is looked for when the store has refused it.</param>
    private async Task CommitAsync(IReadOnlyList<Waiting> batch, bool looksForOwnIds)
    {
        try
        {
            var results = await WriteTransactionAsync([.. batch.Select(waiting => waiting.Write)], looksForOwnIds).ConfigureAwait(false);
            for (var index = 0; index < batch.Count; index++) batch[index].Tell(results[index]);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error) && !looksForOwnIds)
        {
            await CommitAsync(batch, looksForOwnIds: true).ConfigureAwait(false);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error) && batch.Count > 1)
        {
            // Another queue took an ID at this very moment: alone, each finds its own fate.
            foreach (var waiting in batch) await CommitAsync([waiting], looksForOwnIds: true).ConfigureAwait(false);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error) && batch[0].Write is TaskInsert insert)
        {
            batch[0].Tell(new InsertResult(insert.Task.IsGivenId ? InsertOutcome.IdTaken : InsertOutcome.Repeated, insert.TaskId));
        }
    }

    private Task<IReadOnlyList<object?>> WriteTransactionAsync(IReadOnlyList<TaskWrite> writes, bool looksForOwnIds) => database.WriteBegunByWorkAsync(
        async (connection, transaction) =>
        {
            var statements = new TaskTransaction(connection, transaction, database.IsSqlite, queue, looksForOwnIds);
            await statements.RequireEpochAsync(epoch).ConfigureAwait(false);
            return await statements.ApplyAsync(writes).ConfigureAwait(false);
        },
        CancellationToken.None);

    private void Fail(Exception error, IEnumerable<Waiting> batch)
    {
        List<Waiting> all;
        lock (_gate)
        {
            _failure = error;
            _isWriting = false;
            all = [.. batch, .. _waiting];
            _waiting.Clear();
        }

        foreach (var waiting in all) waiting.Answer?.TrySetException(error);
    }

    /// <param name="Answer">Null: a later one answers for it.</param>
    /// <param name="Note">Is told what became of it before that one answers.</param>
    private sealed record Waiting(TaskWrite Write, TaskCompletionSource<object?>? Answer, Action<object?>? Note = null)
    {
        public void Tell(object? result)
        {
            Note?.Invoke(result);
            Answer?.TrySetResult(result);
        }
    }
}
