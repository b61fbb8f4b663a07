using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Dff.Python.Protocol;

/// <summary>The bytes of one headed frame on their way to a worker; used again for every frame of that worker.</summary>
internal sealed class SendBuffer : IBufferWriter<byte>
{
    private const int Usual = 4 * 1024;
    private const int Keep = 256 * 1024;

    private readonly Utf8JsonWriter _json;
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(Usual, pinned: true);
    private int _count;
    private int _headerAt;

    public SendBuffer() => _json = new Utf8JsonWriter(this, new JsonWriterOptions { SkipValidation = true });

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _count);

    /// <summary>Starts a frame; the header is written to what it answers and ended by <see cref="EndHeader"/>.</summary>
    public Utf8JsonWriter StartHeader(FrameType type)
    {
        if (_bytes.Length > Keep) _bytes = GC.AllocateUninitializedArray<byte>(Usual, pinned: true);
        _bytes[4] = (byte)type;
        _count = _headerAt = 9; // frame length, type, header length
        _json.Reset(this);
        return _json;
    }

    public void EndHeader()
    {
        _json.Flush();
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(5), _count - _headerAt);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _count += bytes.Length;
    }

    /// <param name="following">Bytes of this frame that are sent after the buffer.</param>
    public void EndFrame(long following)
    {
        var length = _count - 4 + following;
        if (length > uint.MaxValue) throw new ArgumentOutOfRangeException(nameof(following), $"A frame of {length} bytes is too large for the protocol.");
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes, (uint)length);
    }

    public void Advance(int count) => _count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(_count);
    }

    private void Grow(int sizeHint)
    {
        var needed = _count + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
    }
}
