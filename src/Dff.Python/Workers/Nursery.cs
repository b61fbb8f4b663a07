using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using Dff.Python.Processes;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Workers;

/// <summary>Has worker processes started and ended by the zygote, and pairs each with the connection it makes.</summary>
internal sealed class Nursery(WorkerSurroundings surroundings, Func<Zygote?> zygote)
{
    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, Birth> _births = new();
    private readonly Slots _slots = new();

    /// <summary>Null when it did not come to life.</summary>
    public async Task<Worker?> SpawnAsync(WorkerPool pool)
    {
        if (zygote() is not { } parent || _slots.Take() is not { } slot) return null;
        var birth = new Birth(slot, RandomNumberGenerator.GetHexString(32), parent, pool, birth => _ = WatchKillAsync(birth));
        _births[birth.Slot] = birth;
        parent.Spawn(birth.Slot, birth.Nonce);

        // A zygote that went in between has had all its workers declared lost, perhaps before this one was in the list.
        if (zygote() != parent) OnExited(birth.Slot, WorkerExit.WithZygote);
        try
        {
            return await birth.Worker.WaitAsync(HelloLimit, surroundings.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            birth.Kill();
            return await birth.Worker.ConfigureAwait(false);
        }
    }

    public void OnHello(int slot, string nonce, int processId, Socket socket, Protocol.FrameReader reader)
    {
        if (!_births.TryGetValue(slot, out var birth) || !CryptographicOperations.FixedTimeEquals(
                System.Text.Encoding.UTF8.GetBytes(birth.Nonce), System.Text.Encoding.UTF8.GetBytes(nonce)))
            throw new Protocol.ProtocolException($"Nobody is expected in slot {slot} with that nonce.");
        var worker = new Worker(birth, socket, reader, processId, surroundings);
        if (birth.Connect(worker)) EngineLog.WorkerStarted(surroundings.Logger, birth.Pool.Queue, processId, slot);
        else worker.Dispose();
    }

    public void OnExited(int slot, WorkerExit exit)
    {
        if (!_births.TryRemove(slot, out var birth)) return;
        birth.OnExited(exit);
        _slots.Give(slot);
    }

    /// <summary>The zygote is gone, and so is every worker.</summary>
    public void OnZygoteLost()
    {
        foreach (var slot in _births.Keys) OnExited(slot, WorkerExit.WithZygote);
    }

    private async Task WatchKillAsync(Birth birth)
    {
        await birth.Ended.WaitAsync(KillLimit, surroundings.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (birth.Ended.IsCompleted) return;
        EngineLog.ZygoteStuck(surroundings.Logger, birth.Slot, KillLimit);
        birth.Parent.Abort();
    }

    /// <summary>Small numbers, the smallest free one first: the slot decides the uid.</summary>
    private sealed class Slots
    {
        private readonly Lock _gate = new();
        private readonly PriorityQueue<int, int> _free = new();
        private int _next;

        public int? Take()
        {
            lock (_gate)
            {
                if (_free.TryDequeue(out var slot, out _)) return slot;
                return _next < UidBlock.Size ? _next++ : null;
            }
        }

        public void Give(int slot)
        {
            lock (_gate) _free.Enqueue(slot, slot);
        }
    }
}
