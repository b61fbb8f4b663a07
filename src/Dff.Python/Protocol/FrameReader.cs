using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Dff.Python.Protocol;

/// <summary>
/// Reads frames of one socket, one reader at a time. Small frames stay in one buffer that is used again and again; a frame larger than it is
/// read straight into an array of its size.
/// </summary>
internal sealed class FrameReader(Socket socket)
{
    private const int LengthAndType = 5;

    // Pinned, so that a pending receive does not pin it anew each time.
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(16 * 1024, pinned: true);
    // For pieces of a result, which come by the thousand and are written away before the next one.
    private byte[] _piece = [];
    private int _start;
    private int _end;

    public FrameLimits Limits { get; set; } = FrameLimits.Stranger;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Frame> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (_end - _start >= LengthAndType)
            {
                var (type, length) = ReadPrefix();
                if (length <= _end - _start - LengthAndType)
                {
                    var body = _buffer.AsMemory(_start + LengthAndType, length);
                    _start += LengthAndType + length;
                    return new Frame(type, body);
                }

                if (length > _buffer.Length - LengthAndType) return await ReadLargeAsync(type, length, cancellationToken).ConfigureAwait(false);
            }

            MakeRoom();
            int received;
            try
            {
                received = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsGone(exception))
            {
                return Closed(exception);
            }

            if (received == 0) return default;
            _end += received;
        }
    }

    private async ValueTask<Frame> ReadLargeAsync(FrameType type, int length, CancellationToken cancellationToken)
    {
        if (type == FrameType.Data && _piece.Length < length) _piece = GC.AllocateUninitializedArray<byte>(length);
        var body = (type == FrameType.Data ? _piece : GC.AllocateUninitializedArray<byte>(length)).AsMemory(0, length);
        var filled = _end - _start - LengthAndType;
        _buffer.AsSpan(_start + LengthAndType, filled).CopyTo(body.Span);
        _start = _end = 0;
        while (filled < length)
        {
            int received;
            try
            {
                received = await socket.ReceiveAsync(body[filled..], cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsGone(exception))
            {
                return Closed(exception);
            }

            if (received == 0) return default;
            filled += received;
        }

        return new Frame(type, body, IsOwned: type != FrameType.Data);
    }

    private (FrameType Type, int Length) ReadPrefix()
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start)) - 1L; // the length counts the type
        var type = (FrameType)_buffer[_start + 4];
        var limit = Limits.Of(type);
        if (length < 0 || length > limit) throw new ProtocolException($"A {type} frame of {length} bytes came; at most {limit} are allowed.");
        return (type, (int)length);
    }

    private void MakeRoom()
    {
        if (_start == _end) _start = _end = 0;
        if (_start == 0) return;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
    }

    private static bool IsGone(Exception exception) => exception is SocketException or ObjectDisposedException;

    private static Frame Closed(Exception exception) =>
        new(FrameType.None, default, WasReset: exception is SocketException { SocketErrorCode: SocketError.ConnectionReset });
}
