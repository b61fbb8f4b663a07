using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Tasks;

namespace Dff.Storage.AccessKeys;

/// <summary>
/// Takes the nonces of signed calls, each once, over all silos and over restarts: the primary key of the store decides. Calls that come while a transaction is
/// being committed share the next one, so a call costs at most one commit, and under load a part of one.
/// </summary>
public sealed class NonceLedger(StoreDatabase database, TimeProvider time)
{
    private const int MostTaken = 500;
    private const int MostAttempts = 20;
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _isWriting;
    private long _forgotten = long.MinValue;

    /// <param name="keyId">Each key has nonces of its own.</param>
    /// <returns>False: it has been taken before and is not yet forgotten.</returns>
    public Task<bool> TryTakeAsync(string keyId, string nonce, TimeSpan kept)
    {
        var now = time.GetUtcNow();
        var waiting = new Waiting(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{keyId}\n{nonce}"))), now, now + kept);
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            if (_isWriting) return waiting.Task;
            _isWriting = true;
        }

        // The embedded store blocks the thread that writes.
        _ = Task.Run(TakeWaitingAsync);
        return waiting.Task;
    }

    private async Task TakeWaitingAsync()
    {
        while (NextBatch() is { } batch)
        {
            try
            {
                var taken = await TakeAsync(batch);
                foreach (var waiting in batch) waiting.TrySetResult(taken.Contains(waiting));
            }
            catch (Exception error)
            {
                // Whoever cannot be told that the nonce is new is refused; the next ones try anew.
                foreach (var waiting in batch) waiting.TrySetException(error);
            }
        }
    }

    private List<Waiting>? NextBatch()
    {
        lock (_gate)
        {
            var batch = new List<Waiting>();
            while (batch.Count < MostTaken && _waiting.TryDequeue(out var next)) batch.Add(next);
            if (batch.Count > 0) return batch;
            _isWriting = false;
            return null;
        }
    }

    private async Task<HashSet<Waiting>> TakeAsync(IReadOnlyList<Waiting> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteAsync((connection, transaction) => TakeAsync(connection, transaction, batch), CancellationToken.None);
            }
            catch (DbException error) when (StoreDatabase.IsDuplicateKey(error) && attempt < MostAttempts)
            {
                // Another silo took one of them at this moment; now that it is committed, it is seen.
            }
        }
    }

    private async Task<HashSet<Waiting>> TakeAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<Waiting> batch)
    {
        await ForgetAsync(connection, transaction);
        var hashes = batch.Select(waiting => waiting.Hash).Distinct(StringComparer.Ordinal).ToList();
        var expired = new { hashes, now = batch[0].Now };
        await connection.ExecuteAsync("DELETE FROM access_key_nonce WHERE nonceHash IN @hashes AND expireTime <= @now", expired, transaction);
        var known = (await connection.QueryAsync<string>("SELECT nonceHash FROM access_key_nonce WHERE nonceHash IN @hashes", expired, transaction)).ToHashSet(StringComparer.Ordinal);
        // Of two equal ones in this batch the first one wins.
        var taken = batch.Where(waiting => known.Add(waiting.Hash)).ToHashSet();
        await new RowBatch(connection, transaction, database.IsSqlite).InsertAsync(
            "access_key_nonce", "nonceHash, expireTime", [.. taken.Select(waiting => new object?[] { waiting.Hash, waiting.Expires.ToUnixTimeMilliseconds() })]);
        return taken;
    }

    private async Task ForgetAsync(DbConnection connection, DbTransaction transaction)
    {
        if (_forgotten != long.MinValue && time.GetElapsedTime(_forgotten) < ForgetEvery) return;
        await connection.ExecuteAsync("DELETE FROM access_key_nonce WHERE expireTime <= @now", new { now = time.GetUtcNow() }, transaction);
        _forgotten = time.GetTimestamp();
    }

    private sealed class Waiting(string hash, DateTimeOffset now, DateTimeOffset expires) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string Hash => hash;

        public DateTimeOffset Now => now;

        public DateTimeOffset Expires => expires;
    }
}
