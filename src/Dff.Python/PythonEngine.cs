using System.Collections.Concurrent;
using System.Text.Json;
using Dff.Python.Processes;
using Dff.Python.Workers;
using Microsoft.Extensions.Logging;

namespace Dff.Python;

/// <inheritdoc/>
public sealed class PythonEngine(PythonEngineOptions options, IPythonHost host, TimeProvider time, ILogger<PythonEngine> logger) : IPythonEngine
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);
    private static readonly TimeSpan TrimPeriod = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, WorkerPool> _pools = new();
    private readonly ConcurrentDictionary<int, int> _concurrency = new(options.ConcurrencyByQueue);
    private readonly Lock _gate = new();
    private Parts? _parts;
    private bool _isStopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_parts is not null) throw new InvalidOperationException("The engine is started already.");
        var python = await PythonLocator.FindAsync(options.Executable, cancellationToken).ConfigureAwait(false);
        if (options.Isolate && !Native.IsRoot) Native.HideThisProcess();
        var parts = new Parts(RunDirectory.Take(options.RunDirectory, forOtherUsers: options.Isolate && Native.IsRoot), UidBlock.Claim(options));
        try
        {
            parts.Uids.KillAll();
            var settings = Settings(parts);
            var surroundings = new WorkerSurroundings(options, host, time, logger);
            parts.Nursery = new Nursery(surroundings, () => parts.Keeper?.Current);
            parts.Listener = new WorkerListener(parts.Directory.SocketPath, parts.Nursery, logger);
            parts.Keeper = new ZygoteKeeper(
                stop => Zygote.StartAsync(python, settings, parts.Nursery.OnExited, logger, stop), () => OnZygoteLost(parts), WakePools, logger);
            await parts.Keeper.StartAsync(cancellationToken).ConfigureAwait(false);
            parts.Surroundings = surroundings;
            parts.Trimming = time.CreateTimer(_ => TrimPools(), null, TrimPeriod, TrimPeriod);
            _parts = parts;
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask<PythonOutcome> CallAsync(PythonCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(call.Timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(call.Timeout, LongestTimeout);
        return _pools.TryGetValue(call.Queue, out var pool) ? pool.CallAsync(call, cancellationToken) : CallFirstAsync(call, cancellationToken);
    }

    public void SetConcurrency(int queue, int processes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(queue);
        ArgumentOutOfRangeException.ThrowIfLessThan(processes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(processes, 1000);
        lock (_gate)
        {
            _concurrency[queue] = processes;
            if (_pools.TryGetValue(queue, out var pool)) pool.SetConcurrency(processes);
        }
    }

    public PythonEngineReport GetReport()
    {
        var zygote = _parts?.Keeper?.Current;
        var facts = zygote?.Facts;
        var pools = _pools.Values.OrderBy(pool => pool.Queue).Select(pool => pool.Report()).ToArray();
        return new PythonEngineReport(facts is not null && !_isStopping, facts?.Executable ?? "", facts?.Version ?? "", facts?.Isolation ?? "", pools)
        {
            Drivers = facts?.Drivers ?? [],
            ZygoteProcessId = zygote?.ProcessId,
        };
    }

    public async Task DrainAsync(TimeSpan limit)
    {
        WorkerPool[] pools;
        lock (_gate)
        {
            _isStopping = true;
            pools = [.. _pools.Values];
        }

        var drained = Task.WhenAll(pools.Select(pool => pool.DrainAsync()));
        await drained.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var pool in pools) pool.KillAll();
        await drained.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await DrainAsync(TimeSpan.Zero).ConfigureAwait(false);
        if (Interlocked.Exchange(ref _parts, null) is { } parts) await parts.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask<PythonOutcome> CallFirstAsync(PythonCall call, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(call.Queue);
        WorkerPool? pool;
        lock (_gate)
        {
            if (_isStopping) return ValueTask.FromResult(Unrun.Stopping);
            if (_parts is not { Nursery: { } nursery, Surroundings: { } surroundings }) throw new InvalidOperationException("The engine is not started.");
            if (!_pools.TryGetValue(call.Queue, out pool))
            {
                pool = new WorkerPool(call.Queue, _concurrency.GetValueOrDefault(call.Queue, options.Concurrency), nursery, surroundings);
                _pools[call.Queue] = pool;
            }
        }

        return pool.CallAsync(call, cancellationToken);
    }

    private static void OnZygoteLost(Parts parts)
    {
        // First, so that nothing of a call still runs when its caller hears that it is lost.
        parts.Uids.KillAll();
        parts.Nursery?.OnZygoteLost();
        parts.Directory.Clear();
    }

    private void WakePools()
    {
        foreach (var pool in _pools.Values) pool.Wake();
    }

    private void TrimPools()
    {
        foreach (var pool in _pools.Values) pool.Trim();
    }

    private byte[] Settings(Parts parts) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        settings = new
        {
            socket = parts.Directory.SocketPath,
            runDir = Path.GetFullPath(options.RunDirectory),
            dataDir = Path.GetFullPath(options.DataDirectory),
            extraPackagesDir = Path.GetFullPath(options.ExtraPackagesDirectory),
            resourcesDir = Path.GetFullPath(options.ResourcesDirectory),
            hiddenPaths = options.HiddenPaths.Select(Path.GetFullPath),
            uidBase = parts.Uids.First,
            isolate = options.Isolate,
            memoryLimitMb = options.MemoryLimitMb,
            maxProcesses = options.MaxProcessesPerWorker,
            warm = options.WarmModules,
            queueAliases = options.QueueAliases,
            queueCount = options.QueueCount,
        },
    });

    /// <summary>What a started engine holds, given back in the reverse order.</summary>
    private sealed class Parts(RunDirectory directory, UidBlock uids) : IAsyncDisposable
    {
        public RunDirectory Directory => directory;

        public UidBlock Uids => uids;

        public Nursery? Nursery { get; set; }

        public WorkerSurroundings? Surroundings { get; set; }

        public WorkerListener? Listener { get; set; }

        public ZygoteKeeper? Keeper { get; set; }

        public ITimer? Trimming { get; set; }

        public async ValueTask DisposeAsync()
        {
            Trimming?.Dispose();
            if (Keeper is not null) await Keeper.DisposeAsync().ConfigureAwait(false);
            if (Listener is not null) await Listener.DisposeAsync().ConfigureAwait(false);
            uids.KillAll();
            uids.Dispose();
            directory.Dispose();
        }
    }
}
