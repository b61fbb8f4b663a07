using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Dff.Python.Frames;
using Dff.Python.Workers;
using Dff.Python.Zygote;
using Microsoft.Extensions.Logging;

namespace Dff.Python;

/// <summary>See <see cref="IPythonEngine"/>: one zygote, a pool of worker processes per queue, and a socket that new workers come to.</summary>
public sealed partial class PythonEngine : IPythonEngine
{
    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(100);
    private const int FrameSlack = 64 * 1024 * 1024;

    private readonly PythonEngineOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PythonEngine> _logger;
    private readonly WorkerHost _workerHost;
    private readonly ConcurrentDictionary<int, WorkerPool> _pools = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Hello>> _expected = new();
    private readonly ConcurrentDictionary<int, SlotUse> _slots = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private UidRange? _uids;
    private ITimer? _trimTimer;
    private string _executable = "";
    private ZygoteProcess? _zygote;
    private ZygoteFacts? _facts;
    private TaskCompletionSource _zygoteReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _watch = Task.CompletedTask;
    private Task _accepting = Task.CompletedTask;

    public PythonEngine(PythonEngineOptions options, IPythonHost host, TimeProvider time, ILogger<PythonEngine> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _workerHost = new WorkerHost(options, host, time, logger, nonce => _zygote?.Kill(nonce));
    }

    private string SocketPath => Path.Combine(_options.RunDirectory, "private", "engine.sock");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _executable = PythonLocator.Find(_options.Executable);
        PrepareRunDirectory();
        if (_options.Isolate && Environment.UserName == "root") _uids = UidRange.Claim(_options.WorkerUidBase);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(128);
        _accepting = AcceptAsync();
        await StartZygoteAsync([], cancellationToken);
        _watch = WatchZygoteAsync();
        _trimTimer = _time.CreateTimer(_ => Trim(), null, TrimInterval, TrimInterval);
    }

    public ValueTask<PythonOutcome> CallAsync(PythonCall call, CancellationToken cancellationToken) => PoolOf(call.Queue).RunAsync(call, cancellationToken);

    public void SetConcurrency(int queue, int processes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(processes, 1000);
        PoolOf(queue).SetConcurrency(processes);
    }

    public PythonEngineReport GetReport() => new(
        _zygoteReady.Task.IsCompletedSuccessfully,
        _facts?.Executable ?? _executable,
        _facts?.Version ?? "",
        _facts?.Isolation ?? "",
        [.. _pools.Values.OrderBy(pool => pool.Queue).Select(pool => pool.Report())]);

    public async Task DrainAsync(TimeSpan limit)
    {
        foreach (var pool in _pools.Values) pool.Close();
        var began = _time.GetTimestamp();
        while (_pools.Values.Any(pool => pool.IsBusy) && _time.GetElapsedTime(began) < limit) await Task.Delay(TimeSpan.FromMilliseconds(20), _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var pool in _pools.Values) pool.Close();
        if (_trimTimer is not null) await _trimTimer.DisposeAsync();
        _listener.Dispose();
        _zygote?.Dispose();
        await _watch;
        await _accepting;
        foreach (var use in _slots.Values) use.End(new WorkerExit(null, null, IsByUs: true, IsWithZygote: true));
        _uids?.Dispose();
        _stopping.Dispose();
        if (Directory.Exists(_options.RunDirectory)) Directory.Delete(_options.RunDirectory, recursive: true);
    }

    private WorkerPool PoolOf(int queue) => _pools.GetOrAdd(
        queue,
        static (key, engine) => new WorkerPool(
            key, engine._options.ConcurrencyByQueue.GetValueOrDefault(key, engine._options.Concurrency), engine._options, engine._time, engine.StartWorkerAsync),
        this);

    private void PrepareRunDirectory()
    {
        if (Directory.Exists(_options.RunDirectory)) Directory.Delete(_options.RunDirectory, recursive: true);
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        // Workers must pass through it to their own directories, and see nothing else.
        Directory.CreateDirectory(_options.RunDirectory, Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(Path.Combine(_options.RunDirectory, "slots"), Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(Path.GetDirectoryName(SocketPath)!, Owner);
    }

    private async Task StartZygoteAsync(int[] slotsToClean, CancellationToken cancellationToken)
    {
        var settings = new
        {
            socket = SocketPath,
            runDir = _options.RunDirectory,
            dataDir = _options.DataDirectory,
            extraPackagesDir = _options.ExtraPackagesDirectory,
            resourcesDir = _options.ResourcesDirectory,
            uidBase = _uids?.First ?? 0,
            isolate = _options.Isolate,
            memoryLimitMb = _options.MemoryLimitMb,
            maxProcesses = _options.MaxProcessesPerWorker,
            maxFiles = _options.MaxOpenFiles,
            maxFileBytes = _options.MaxFileBytes,
            queueCount = _options.QueueCount,
            queueAliases = _options.QueueAliases,
            slotsToClean,
        };
        var harness = Path.Combine(AppContext.BaseDirectory, "python", "dff_worker");
        (_zygote, _facts) = await ZygoteProcess.StartAsync(_executable, harness, settings, OnExited, _logger, cancellationToken);
        foreach (var warning in _facts.Warnings) IsolationWarning(warning);
        Started(_facts.Executable, _facts.Version, _facts.Isolation);
        _zygoteReady.TrySetResult();
    }

    /// <summary>A zygote that dies takes its workers along; the next one is up at once, and the calls in line go to its workers.</summary>
    private async Task WatchZygoteAsync()
    {
        while (true)
        {
            await _zygote!.Ended;
            if (_stopping.IsCancellationRequested) return;
            _zygoteReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ZygoteLost(_zygote.Id);
            _zygote.Dispose();
            var lost = _slots.Keys.ToArray();
            foreach (var slot in lost) OnExited(slot, new WorkerExit(null, null, IsByUs: false, IsWithZygote: true));
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    await StartZygoteAsync(lost, _stopping.Token);
                    break;
                }
                catch (Exception error) when (error is PythonEngineException or TimeoutException or IOException)
                {
                    ZygoteNotStarted(error);
                    await Task.Delay(RestartDelay, _time);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }

            foreach (var pool in _pools.Values) pool.Grow();
        }
    }

    private async Task<WorkerProcess?> StartWorkerAsync(WorkerPool pool)
    {
        try
        {
            await _zygoteReady.Task.WaitAsync(_stopping.Token);
            var slot = ReserveSlot(out var use);
            var nonce = RandomNumberGenerator.GetHexString(32);
            var hello = _expected[nonce] = new TaskCompletionSource<Hello>(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                _zygote!.Spawn(slot, nonce);
                var first = await Task.WhenAny(hello.Task, use.Exited).WaitAsync(HelloLimit, _time, _stopping.Token);
                if (first != hello.Task) throw new PythonEngineException("the worker process ended before it was ready");
                var (socket, reader, processId) = await hello.Task;
                var worker = new WorkerProcess(nonce, processId, socket, reader, _workerHost);
                use.Assign(worker, pool);
                return worker;
            }
            catch
            {
                _zygote!.Kill(nonce);
                throw;
            }
            finally
            {
                _expected.TryRemove(nonce, out _);
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception error) when (error is PythonEngineException or TimeoutException)
        {
            WorkerNotStarted(pool.Queue, error);
            // Those who wait still do: tried again, but not in a tight loop.
            _ = Task.Delay(RestartDelay, _time).ContinueWith(_ => pool.Grow(), TaskScheduler.Default);
            return null;
        }
    }

    private int ReserveSlot(out SlotUse use)
    {
        use = new SlotUse();
        for (var slot = 0; ; slot++)
        {
            if (_slots.TryAdd(slot, use)) return slot;
        }
    }

    private void OnExited(int slot, WorkerExit exit)
    {
        if (_slots.TryRemove(slot, out var use)) use.End(exit);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                _ = GreetAsync(socket);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException error)
            {
                AcceptFailed(error);
            }
        }
    }

    private async Task GreetAsync(Socket socket)
    {
        try
        {
            using var limit = new CancellationTokenSource(HelloLimit, _time);
            var reader = new FrameReader(socket, (long)_options.MaxResultBytes * 3 + FrameSlack);
            if (await reader.ReadAsync(limit.Token) is { Type: FrameType.Hello } frame)
            {
                using var hello = JsonDocument.Parse(frame.Body);
                var nonce = hello.RootElement.GetProperty("nonce").GetString() ?? "";
                if (_expected.TryRemove(nonce, out var expected) && expected.TrySetResult(new Hello(socket, reader, PeerProcess.IdOf(socket)))) return;
            }
        }
        catch (Exception error) when (error is SocketException or InvalidDataException or JsonException or OperationCanceledException or InvalidOperationException or KeyNotFoundException)
        {
            AcceptFailed(error);
        }

        socket.Dispose();
    }

    private void Trim()
    {
        foreach (var pool in _pools.Values) pool.Trim();
    }

    private sealed record Hello(Socket Socket, FrameReader Reader, int ProcessId);

    /// <summary>A slot from the moment its process is asked for until it has been reaped.</summary>
    private sealed class SlotUse
    {
        private readonly TaskCompletionSource<WorkerExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private (WorkerProcess Worker, WorkerPool Pool)? _assigned;

        public Task Exited => _exited.Task;

        public void Assign(WorkerProcess worker, WorkerPool pool)
        {
            lock (_exited)
            {
                _assigned = (worker, pool);
                if (_exited.Task.IsCompletedSuccessfully) worker.OnExited(_exited.Task.Result);
            }
        }

        public void End(WorkerExit exit)
        {
            (WorkerProcess Worker, WorkerPool Pool)? assigned;
            lock (_exited)
            {
                _exited.TrySetResult(exit);
                assigned = _assigned;
            }

            if (assigned is not var (worker, pool)) return;
            worker.OnExited(exit);
            pool.OnExited(worker);
        }
    }

    [LoggerMessage(EventId = 320, EventName = "EngineStarted", Level = LogLevel.Information, Message = "Python {Version} at {Executable}, isolation: {Isolation}")]
    private partial void Started(string executable, string version, string isolation);

    [LoggerMessage(EventId = 321, EventName = "IsolationWarning", Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void IsolationWarning(string warning);

    [LoggerMessage(EventId = 322, EventName = "ZygoteLost", Level = LogLevel.Error, Message = "The zygote (process {ProcessId}) has died; a new one is started")]
    private partial void ZygoteLost(int processId);

    [LoggerMessage(EventId = 323, EventName = "ZygoteNotStarted", Level = LogLevel.Error, Message = "The zygote could not be started; it is tried again")]
    private partial void ZygoteNotStarted(Exception error);

    [LoggerMessage(EventId = 324, EventName = "WorkerNotStarted", Level = LogLevel.Error, Message = "A worker process of queue {Queue} could not be started; it is tried again")]
    private partial void WorkerNotStarted(int queue, Exception error);

    [LoggerMessage(EventId = 325, EventName = "StrangerRefused", Level = LogLevel.Warning, Message = "A connection to the engine's socket was refused")]
    private partial void AcceptFailed(Exception error);
}
