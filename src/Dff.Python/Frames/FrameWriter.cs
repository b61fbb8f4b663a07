using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json;

namespace Dff.Python.Frames;

/// <summary>Writes frames; one at a time, because host replies come from other threads than calls.</summary>
internal sealed class FrameWriter(Socket socket) : IDisposable
{
    private const int LargePayload = 64 * 1024;
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private Utf8JsonWriter? _json;

    public ValueTask SendHeadedAsync<T>(FrameType type, Action<Utf8JsonWriter, T> writeHeader, T state, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        SendHeadedAsync(type, writeHeader, state, payload, default, default, cancellationToken);

    public async ValueTask SendHeadedAsync<T>(
        FrameType type,
        Action<Utf8JsonWriter, T> writeHeader,
        T state,
        ReadOnlyMemory<byte> first,
        ReadOnlyMemory<byte> second,
        ReadOnlyMemory<byte> third,
        CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            _buffer.ResetWrittenCount();
            _buffer.GetSpan(9);
            _buffer.Advance(9);
            if (_json is null) _json = new Utf8JsonWriter(_buffer, Options);
            else _json.Reset(_buffer);
            writeHeader(_json, state);
            _json.Flush();
            var headerLength = _buffer.WrittenCount - 9;
            var payloadLength = first.Length + second.Length + third.Length;
            var isLarge = payloadLength > LargePayload;
            if (!isLarge)
            {
                _buffer.Write(first.Span);
                _buffer.Write(second.Span);
                _buffer.Write(third.Span);
            }

            var prefix = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span;
            BinaryPrimitives.WriteUInt32LittleEndian(prefix, (uint)(5 + headerLength + payloadLength));
            prefix[4] = (byte)type;
            BinaryPrimitives.WriteUInt32LittleEndian(prefix[5..], (uint)headerLength);
            await SendAllAsync(_buffer.WrittenMemory, cancellationToken);
            if (!isLarge) return;
            await SendAllAsync(first, cancellationToken);
            await SendAllAsync(second, cancellationToken);
            await SendAllAsync(third, cancellationToken);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public async ValueTask SendExitAsync(CancellationToken cancellationToken) =>
        await SendAllAsync(new byte[] { 1, 0, 0, 0, (byte)FrameType.Exit }, cancellationToken);

    public void Dispose()
    {
        _oneAtATime.Dispose();
        _json?.Dispose();
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty) data = data[await socket.SendAsync(data, SocketFlags.None, cancellationToken)..];
    }
}
