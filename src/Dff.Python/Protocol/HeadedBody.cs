using System.Buffers.Binary;

namespace Dff.Python.Protocol;

/// <summary>A JSON header and the payload after it.</summary>
internal readonly record struct HeadedBody(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Payload)
{
    public static HeadedBody Of(in Frame frame)
    {
        var body = frame.Body;
        if (body.Length < 4) throw new ProtocolException($"A {frame.Type} frame of {body.Length} bytes has no header.");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(body.Span);
        if (length > body.Length - 4) throw new ProtocolException($"A {frame.Type} frame says that its header has {length} bytes.");
        return new HeadedBody(body.Slice(4, (int)length), body[(4 + (int)length)..]);
    }
}
