using System.Buffers.Binary;
using System.Text;
using Dff.Python.Protocol;

namespace Dff.Python.Workers;

/// <summary>
/// The log of one call. The harness cuts it; the cap here only defends the silo's memory against code that speaks the protocol itself.
/// </summary>
internal sealed class CallLog(int maxBytes)
{
    private const int Slack = 4096; // the harness's mark

    private readonly List<LogChunk> _chunks = [];
    private long _bytes;

    public IReadOnlyList<LogChunk> Chunks => _chunks;

    public LogChunk? Add(ReadOnlyMemory<byte> body)
    {
        if (body.Length < 8) throw new ProtocolException($"A LOG frame of {body.Length} bytes has no time.");
        if (_bytes > maxBytes + Slack) return null;
        _bytes += body.Length - 8;
        var text = _bytes > maxBytes + Slack ? $"… (the log is cut at {maxBytes} bytes)" : Encoding.UTF8.GetString(body.Span[8..]);
        var chunk = new LogChunk(TimeOf(BinaryPrimitives.ReadInt64LittleEndian(body.Span)), text);
        _chunks.Add(chunk);
        return chunk;
    }

    private static DateTimeOffset TimeOf(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
