using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Dff.Python.Protocol;

/// <summary>Sends whole frames to one worker: calls and host replies come from several threads, so each waits for the one before it.</summary>
internal sealed class FrameSender(Socket socket)
{
    // Up to here a copy is cheaper than one more system call.
    private const int CopyLimit = 32 * 1024;

    private static readonly byte[] Exit = [1, 0, 0, 0, (byte)FrameType.Exit];

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SendBuffer _buffer = new();

    /// <summary>
    /// Whether anything was sent after the last call. If not, bytes that the worker left unread when it went are bytes of that call.
    /// </summary>
    public bool HasSentSinceCall { get; private set; }

    /// <summary>True when the kernel took the whole frame; false when the worker is gone.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> SendCallAsync(long id, PythonCall call, PythonEngineOptions options)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            HasSentSinceCall = false;
            var draft = call.DraftCode ?? default;
            CallHeader.Write(_buffer, id, call, options);
            var isSmall = call.Context.Length + draft.Length + call.Kwargs.Length <= CopyLimit;
            if (isSmall)
            {
                _buffer.Append(call.Context.Span);
                _buffer.Append(draft.Span);
                _buffer.Append(call.Kwargs.Span);
                _buffer.EndFrame(0);
                return await SendAsync(_buffer.Written).ConfigureAwait(false);
            }

            _buffer.EndFrame((long)call.Context.Length + draft.Length + call.Kwargs.Length);
            return await SendAsync(_buffer.Written).ConfigureAwait(false)
                && await SendAsync(call.Context).ConfigureAwait(false)
                && await SendAsync(draft).ConfigureAwait(false)
                && await SendAsync(call.Kwargs).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask<bool> SendReplyAsync(long hid, HostReply reply)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            HasSentSinceCall = true;
            var json = _buffer.StartHeader(FrameType.HostReply);
            json.WriteStartObject();
            json.WriteNumber("hid"u8, hid);
            json.WriteBoolean("ok"u8, reply.Ok);
            if (!reply.Ok)
            {
                json.WriteString("etype"u8, reply.ErrorType ?? "Exception");
                json.WriteString("message"u8, reply.ErrorMessage ?? "");
            }

            json.WriteEndObject();
            _buffer.EndHeader();
            if (reply.Payload.Length <= CopyLimit)
            {
                _buffer.Append(reply.Payload.Span);
                _buffer.EndFrame(0);
                return await SendAsync(_buffer.Written).ConfigureAwait(false);
            }

            _buffer.EndFrame(reply.Payload.Length);
            return await SendAsync(_buffer.Written).ConfigureAwait(false) && await SendAsync(reply.Payload).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask SendExitAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await SendAsync(Exit).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes).ConfigureAwait(false)..];
            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
