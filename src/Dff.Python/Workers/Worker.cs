using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dff.Python.Protocol;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Workers;

/// <summary>What becomes of a worker after a call.</summary>
internal enum WorkerState
{
    /// <summary>Takes the next call at once.</summary>
    Free,

    /// <summary>Takes none before it has said that what the last one left behind is gone.</summary>
    Settling,

    /// <summary>Takes none any more.</summary>
    Gone,
}

/// <summary>One worker process and its connection. It runs one call at a time; the pool sees to that.</summary>
internal sealed class Worker : IDisposable
{
    // The end of the connection and the zygote's word about the process come by two ways; the zygote clears up first.
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetireLimit = TimeSpan.FromSeconds(1);

    // The harness gives left-overs 100 ms; beyond this the process does not do what it should.
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Socket _socket;
    private readonly FrameReader _reader;
    private readonly FrameSender _sender;
    private readonly HostCalls _hostCalls;
    private readonly Birth _birth;
    private readonly PythonEngineOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _deadline;
    private readonly TaskCompletionSource<WorkerExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningCall? _running;
    private long _deadlineSetTo; // 0: not set. It is left alone while it comes before the call's own: setting a timer costs more than a check.
    private KillReason _killed;
    private bool _hasExited;
    private string? _fault;

    public Worker(Birth birth, Socket socket, FrameReader reader, int processId, WorkerSurroundings surroundings)
    {
        (_birth, _socket, _reader, ProcessId) = (birth, socket, reader, processId);
        (_options, _time, _logger) = (surroundings.Options, surroundings.Time, surroundings.Logger);
        _reader.Limits = surroundings.Limits;
        _sender = new FrameSender(socket);
        _hostCalls = new HostCalls(_sender, surroundings.Host, _logger);
        _deadline = _time.CreateTimer(static state => ((Worker)state!).CheckDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int ProcessId { get; }

    public long Calls { get; private set; }

    public bool IsUsable
    {
        get
        {
            lock (_gate) return _killed == KillReason.None && !_hasExited;
        }
    }

    /// <summary>Null when nothing of the call ran because the process was gone already: it may run elsewhere.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(PythonOutcome? Outcome, WorkerState State)> RunAsync(PythonCall call, CancellationToken cancellationToken)
    {
        if (Begin(call) is not { } running) return (null, WorkerState.Gone);
        var cancellation = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(static state => ((RunningCall)state!).Worker.Kill(KillReason.Cancelled, (RunningCall)state), running)
            : default;
        try
        {
            var wasSent = await _sender.SendCallAsync(running.Id, call, _options).ConfigureAwait(false);
            return wasSent ? await FollowAsync(running).ConfigureAwait(false) : (await NotRunAsync(running).ConfigureAwait(false), WorkerState.Gone);
        }
        catch (ProtocolException exception)
        {
            _fault = exception.Message;
            EngineLog.WorkerFault(_logger, ProcessId, call.Queue, call.ScriptId, exception.Message);
            Kill(KillReason.Protocol);
            return (await DiedAsync(running).ConfigureAwait(false), WorkerState.Gone);
        }
        finally
        {
            cancellation.Dispose();
            lock (_gate) _running = null;
            running.End();
        }
    }

    /// <summary>Waits for the end of what the last call left behind. True: the worker may run calls again.</summary>
    public async Task<bool> SettleAsync()
    {
        await using var limit = _time.CreateTimer(static state => ((Worker)state!).Kill(KillReason.Retired), this, SettleLimit, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                var frame = await _reader.ReadAsync().ConfigureAwait(false);
                switch (frame.Type)
                {
                    case FrameType.Settled:
                        return !IsSpoilt(frame);
                    case FrameType.HostCall:
                        await _hostCalls.RefuseAsync(frame).ConfigureAwait(false);
                        break;
                    case FrameType.Log or FrameType.Data:
                        break; // written after the end of its call: nobody's
                    case FrameType.None:
                        return false;
                    default:
                        throw new ProtocolException($"A {frame.Type} frame came while no call ran.");
                }
            }
        }
        catch (ProtocolException exception)
        {
            EngineLog.WorkerFault(_logger, ProcessId, -1, "", exception.Message);
            return false;
        }
    }

    /// <param name="only">Kill only if it still runs this call.</param>
    public void Kill(KillReason reason, RunningCall? only = null)
    {
        lock (_gate)
        {
            if (_hasExited || _killed != KillReason.None || (only is not null && _running != only)) return;
            _killed = reason;
        }

        _birth.Kill();
    }

    /// <summary>Lets an idle process go by itself.</summary>
    public async Task RetireAsync()
    {
        lock (_gate)
        {
            if (_hasExited || _killed != KillReason.None) return;
        }

        await _sender.SendExitAsync().ConfigureAwait(false);
        await ((Task)_exit.Task).WaitAsync(RetireLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Kill(KillReason.Retired);
    }

    /// <summary>
    /// The process is gone. What it had sent can still be read, then the connection ends, even if a child of it holds the other side open.
    /// </summary>
    public void OnExited(WorkerExit exit)
    {
        lock (_gate)
        {
            if (_hasExited) return;
            _hasExited = true;
        }

        EngineLog.WorkerEnded(_logger, ProcessId, _birth.Slot, exit, _killed);
        _exit.TrySetResult(exit);
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection has ended by itself.
        }
    }

    public void Dispose()
    {
        _deadline.Dispose();
        _socket.Dispose();
    }

    private RunningCall? Begin(PythonCall call)
    {
        var limit = call.Timeout + _options.ExtraTimeoutToKill;
        var due = _time.GetTimestamp() + (long)(limit.TotalSeconds * _time.TimestampFrequency);
        lock (_gate)
        {
            if (_hasExited || _killed != KillReason.None) return null;
            _running = new RunningCall(++Calls, call, this, _options) { Due = due };
            if (_deadlineSetTo != 0 && _deadlineSetTo <= due) return _running;
            _deadlineSetTo = due;
            _deadline.Change(limit, Timeout.InfiniteTimeSpan);
            return _running;
        }
    }

    private void CheckDeadline()
    {
        RunningCall? late = null;
        lock (_gate)
        {
            _deadlineSetTo = 0;
            if (_running is not { } running) return;
            var left = _time.GetElapsedTime(_time.GetTimestamp(), running.Due);
            if (left <= TimeSpan.Zero) late = running;
            else
            {
                _deadlineSetTo = running.Due;
                _deadline.Change(left, Timeout.InfiniteTimeSpan);
            }
        }

        if (late is not null) Kill(KillReason.TimedOut, late);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(PythonOutcome?, WorkerState)> FollowAsync(RunningCall running)
    {
        while (true)
        {
            var frame = await _reader.ReadAsync().ConfigureAwait(false);
            switch (frame.Type)
            {
                case FrameType.Result:
                    var result = running.Result(frame, out var header);
                    return (result, StateAfter(header));
                case FrameType.Error:
                    var error = running.Error(frame, out header);
                    return (error, StateAfter(header));
                case FrameType.Data:
                    await running.AddDataAsync(frame.Body).ConfigureAwait(false);
                    break;
                case FrameType.Log:
                    Log(running, frame);
                    break;
                case FrameType.HostCall:
                    _hostCalls.Answer(running, frame);
                    break;
                case FrameType.None when frame.WasReset && !_sender.HasSentSinceCall:
                    // The process went with bytes of the call unread, and it runs nothing before it has read them all.
                    return (await NotRunAsync(running).ConfigureAwait(false), WorkerState.Gone);
                case FrameType.None:
                    return (await DiedAsync(running).ConfigureAwait(false), WorkerState.Gone);
                default:
                    throw new ProtocolException($"A {frame.Type} frame came while a call ran.");
            }
        }
    }

    private WorkerState StateAfter(in AnswerHeader header)
    {
        if (header.Retire) return WorkerState.Gone;
        return header.Check ? WorkerState.Settling : WorkerState.Free;
    }

    private void Log(RunningCall running, in Frame frame)
    {
        if (running.AddLog(frame.Body) is not { } chunk || running.Call.OnLog is not { } listener) return;
        try
        {
            listener(chunk);
        }
        catch (Exception exception)
        {
            // The listener is the caller's code: its fault must not end the function.
            EngineLog.LogListenerFailed(_logger, exception, running.Call.ScriptId);
        }
    }

    /// <summary>The process was gone before the call began: null, unless the engine itself had ended it for this call's sake.</summary>
    private async ValueTask<PythonOutcome?> NotRunAsync(RunningCall running)
    {
        KillReason killed;
        lock (_gate) killed = _killed;
        if (killed is KillReason.None or KillReason.Retired) return null;
        return await DiedAsync(running).ConfigureAwait(false);
    }

    private async ValueTask<PythonOutcome> DiedAsync(RunningCall running)
    {
        var exit = await ExitAsync().ConfigureAwait(false);
        if (exit is null && IsUsable)
        {
            Kill(KillReason.Disconnected);
            exit = await ExitAsync().ConfigureAwait(false);
        }

        lock (_gate) return running.Died(_killed, _fault, exit ?? WorkerExit.WithZygote);
    }

    private async ValueTask<WorkerExit?> ExitAsync()
    {
        await ((Task)_exit.Task).WaitAsync(ExitLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _exit.Task.IsCompleted ? _exit.Task.Result : null;
    }

    private static bool IsSpoilt(in Frame frame)
    {
        try
        {
            using var json = JsonDocument.Parse(frame.Body);
            return json.RootElement.TryGetProperty("retire", out var retire) && retire.GetBoolean();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ProtocolException($"A SETTLED frame is not as agreed: {exception.Message}");
        }
    }
}
