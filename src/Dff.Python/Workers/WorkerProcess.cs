using System.Net.Sockets;
using System.Text.Json;
using Dff.Python.Frames;
using Dff.Python.Zygote;

namespace Dff.Python.Workers;

/// <summary>One worker process and its connection. Runs one call at a time; the pool sees to that.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan ExitEventLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(10);

    private readonly string _nonce;
    private readonly Socket _socket;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly WorkerHost _host;
    private readonly ITimer _killTimer;
    private readonly TaskCompletionSource<WorkerExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KillReason _killReason;
    private long _callId;

    public WorkerProcess(string nonce, int processId, Socket socket, FrameReader reader, WorkerHost host)
    {
        (_nonce, ProcessId, _socket, _reader, _host) = (nonce, processId, socket, reader, host);
        _writer = new FrameWriter(socket);
        _killTimer = host.Time.CreateTimer(_ => Kill(KillReason.Timeout), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private enum KillReason
    {
        None,
        Timeout,
        Cancelled,
        Oversized,
        Retired,
    }

    public int ProcessId { get; }

    /// <summary>Calls it has run; the pool replaces it after so many.</summary>
    public int Calls { get; private set; }

    /// <summary>False: it has ended, or its connection cannot be used any more.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>True after a call whose left-overs have not been looked at yet: <see cref="SettleAsync"/> comes before the next call.</summary>
    public bool MustSettle { get; private set; }

    /// <summary>Nothing is ever sent to an idle worker's silo, so a readable socket means that its end has come.</summary>
    public bool IsAlive => IsUsable && !_exit.Task.IsCompleted && !_socket.Poll(0, SelectMode.SelectRead);

    public void OnExited(WorkerExit exit) => _exit.TrySetResult(exit);

    public async ValueTask<PythonOutcome> RunAsync(PythonCall call, CancellationToken cancellationToken)
    {
        Calls++;
        _callId++;
        _killReason = KillReason.None;
        var running = new RunningCall(_callId, call, _host.Options.MaxLogBytes);
        _killTimer.Change(call.Timeout + _host.Options.ExtraTimeoutToKill, Timeout.InfiniteTimeSpan);
        var cancellation = cancellationToken.UnsafeRegister(static worker => ((WorkerProcess)worker!).Kill(KillReason.Cancelled), this);
        try
        {
            await SendCallAsync(running);
            while (true)
            {
                var frame = await _reader.ReadAsync(CancellationToken.None);
                if (frame is null) return await EndAsync(running);
                if (await HandleAsync(frame.Value, running) is { } outcome) return outcome;
            }
        }
        catch (SocketException)
        {
            return await EndAsync(running);
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // User code has got at the connection and sent something of its own.
            Kill(KillReason.Oversized);
            return await EndAsync(running);
        }
        finally
        {
            running.End();
            await cancellation.DisposeAsync();
            _killTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Waits for the worker's word on what the call left behind. False: it must be replaced.</summary>
    public async Task<bool> SettleAsync()
    {
        MustSettle = false;
        using var limit = new CancellationTokenSource(SettleLimit, _host.Time);
        try
        {
            while (await _reader.ReadAsync(limit.Token) is { } frame)
            {
                if (frame.Type != FrameType.Settled) continue;
                using var header = JsonDocument.Parse(frame.Split().Header);
                return !header.RootElement.GetProperty("retire").GetBoolean();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidDataException or JsonException)
        {
            // Whatever it is, this process is not to be trusted with another call.
        }

        return false;
    }

    /// <summary>Ends the process, whatever it is doing.</summary>
    public void Retire() => Kill(KillReason.Retired);

    public void Dispose()
    {
        IsUsable = false;
        _killTimer.Dispose();
        _writer.Dispose();
        _socket.Dispose();
    }

    private void Kill(KillReason reason)
    {
        if (_killReason == KillReason.None) _killReason = reason;
        IsUsable = false;
        _host.Kill(_nonce);
    }

    private ValueTask SendCallAsync(RunningCall running) => _writer.SendHeadedAsync(
        FrameType.Call,
        static (json, state) => CallHeader.Write(json, state.running, state.options),
        (running, options: _host.Options),
        running.Call.Context,
        running.Call.DraftCode ?? default,
        running.Call.Kwargs,
        CancellationToken.None);

    private async ValueTask<PythonOutcome?> HandleAsync(Frame frame, RunningCall running)
    {
        switch (frame.Type)
        {
            case FrameType.Log:
                running.AddLog(frame.Body);
                return null;
            case FrameType.HostCall:
                Answer(frame, running);
                return null;
            case FrameType.Result or FrameType.Error:
                var (outcome, mustSettle) = OutcomeFrames.Read(frame, running);
                MustSettle = mustSettle;
                return outcome;
            case FrameType.Settled:
                return null;
            default:
                throw new InvalidDataException($"a frame of type {frame.Type}");
        }
    }

    /// <summary>Host calls are answered beside the loop: one that takes long must not hold up the log.</summary>
    private void Answer(Frame frame, RunningCall running)
    {
        var (headerBytes, arguments) = frame.Split();
        using var header = JsonDocument.Parse(headerBytes);
        var hid = header.RootElement.GetProperty("hid").GetInt64();
        var operation = header.RootElement.GetProperty("op").GetString() ?? "";
        _ = AnswerAsync(hid, operation, frame.Keep(arguments), running);
    }

    private async Task AnswerAsync(long hid, string operation, ReadOnlyMemory<byte> arguments, RunningCall running)
    {
        var reply = await _host.AskAsync(running, operation, arguments);
        try
        {
            await _writer.SendHeadedAsync(
                FrameType.HostReply,
                static (json, state) => CallHeader.WriteReply(json, state.hid, state.reply),
                (hid, reply),
                reply.Payload,
                CancellationToken.None);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The worker has gone; the call's loop sees it too.
        }
    }

    private async ValueTask<PythonOutcome> EndAsync(RunningCall running)
    {
        IsUsable = false;
        WorkerExit? exit = null;
        try
        {
            // A closed connection whose process lives on: user code has closed it.
            if (_killReason == KillReason.None && !_exit.Task.IsCompleted && !await ExitsSoonAsync()) _host.Kill(_nonce);
            exit = await _exit.Task.WaitAsync(ExitEventLimit, _host.Time);
        }
        catch (TimeoutException)
        {
            // The zygote does not answer; the engine will replace it.
        }

        return running.Ended(_killReason switch
        {
            KillReason.Timeout => (PythonOutcomeKind.TimedOut, "FuncTimeoutException", $"the function ran longer than its timeout of {running.Call.Timeout.TotalSeconds:0.###} s and was killed"),
            KillReason.Cancelled => (PythonOutcomeKind.Cancelled, "Cancelled", "the call was cancelled"),
            KillReason.Oversized => (PythonOutcomeKind.WorkerExited, "WorkerExited", "the function disturbed the connection of its process"),
            _ => ExitText.Describe(exit),
        });
    }

    private async Task<bool> ExitsSoonAsync()
    {
        try
        {
            await _exit.Task.WaitAsync(TimeSpan.FromSeconds(1), _host.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
