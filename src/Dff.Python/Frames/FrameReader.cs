using System.Buffers.Binary;
using System.Net.Sockets;

namespace Dff.Python.Frames;

/// <summary>Reads frames one after the other. Small ones stay in a reused buffer until the next read, large ones get an array of their own.</summary>
internal sealed class FrameReader(Socket socket, long largest)
{
    private const int PrefixLength = 4;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _begin;
    private int _end;

    /// <summary>The body is valid until the next call. Null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">A length that no honest worker sends.</exception>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var available = _end - _begin;
            if (available >= PrefixLength)
            {
                var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_begin));
                if (length < 1 || length > largest) throw new InvalidDataException($"a frame of {length} bytes");
                if (available >= PrefixLength + length)
                {
                    var body = _buffer.AsMemory(_begin + PrefixLength, (int)length);
                    _begin += PrefixLength + (int)length;
                    return new Frame((FrameType)body.Span[0], body[1..], IsOwned: false);
                }

                if (PrefixLength + length > _buffer.Length) return await ReadLargeAsync((int)length, cancellationToken);
            }

            if (!await FillAsync(cancellationToken)) return null;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_begin == _end) _begin = _end = 0;
        else if (_end == _buffer.Length)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            (_begin, _end) = (0, _end - _begin);
        }

        var received = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellationToken);
        _end += received;
        return received > 0;
    }

    private async ValueTask<Frame?> ReadLargeAsync(int length, CancellationToken cancellationToken)
    {
        var body = GC.AllocateUninitializedArray<byte>(length);
        var have = Math.Min(length, _end - _begin - PrefixLength);
        _buffer.AsSpan(_begin + PrefixLength, have).CopyTo(body);
        _begin = _end = 0;
        while (have < length)
        {
            var received = await socket.ReceiveAsync(body.AsMemory(have), SocketFlags.None, cancellationToken);
            if (received == 0) return null;
            have += received;
        }

        return new Frame((FrameType)body[0], body.AsMemory(1), IsOwned: true);
    }
}

/// <param name="IsOwned">True: the body is an array of its own, which may be kept.</param>
internal readonly record struct Frame(FrameType Type, ReadOnlyMemory<byte> Body, bool IsOwned)
{
    /// <summary>A headed body as header and payload.</summary>
    public (ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Payload) Split()
    {
        var length = Body.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(Body.Span);
        if (length > Body.Length - 4) throw new InvalidDataException("a frame whose header is longer than itself");
        return (Body.Slice(4, (int)length), Body[(4 + (int)length)..]);
    }

    /// <summary>A part of the body that outlives the next read.</summary>
    public ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> part) => IsOwned || part.IsEmpty ? part : part.ToArray();
}
