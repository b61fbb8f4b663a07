using System.Text.Json;

namespace Dff.Python.Protocol;

/// <summary>The header of a RESULT or ERROR frame, in one pass and without allocating for a result.</summary>
internal struct AnswerHeader
{
    public long Id;
    public long CostMicroseconds;

    /// <summary>The process is spoilt: it must not run another call.</summary>
    public bool Retire;

    /// <summary>The process looks for left-overs and says SETTLED before it may run another call.</summary>
    public bool Check;

    // A part that is missing has length −1; the parts stand in the payload in the order of the header.
    public (int Offset, int Length) Raw, Repr, JsonDumps, Body, Facts;

    // JSON objects, copied out of the header; empty where there is none.
    public ReadOnlyMemory<byte> Response, Detail;

    /// <summary>The content came before, in pieces.</summary>
    public readonly bool IsStreamed => Response.Span.IndexOf("\"streamed\":true"u8) >= 0 && JsonDocument.Parse(Response).RootElement is { ValueKind: JsonValueKind.Object } response
        && response.TryGetProperty("streamed", out var streamed) && streamed.ValueKind == JsonValueKind.True;

    public string Kind, ErrorType, Message;
    public int StackLength, TraceLength, FactsLength;

    private static (int Offset, int Length) Missing => (0, -1);

    public static AnswerHeader Read(in HeadedBody body, FrameType type)
    {
        var header = new AnswerHeader
        {
            Id = -1,
            Raw = Missing,
            Repr = Missing,
            JsonDumps = Missing,
            Body = Missing,
            Facts = Missing,
            Kind = "",
            ErrorType = "",
            Message = "",
        };
        try
        {
            var reader = new Utf8JsonReader(body.Header.Span);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) header.ReadProperty(ref reader, body);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new ProtocolException($"The header of a {type} frame is not as agreed: {exception.Message}");
        }

        if (header.StackLength < 0 || header.TraceLength < 0 || header.FactsLength < 0
            || (long)header.StackLength + header.TraceLength + header.FactsLength > body.Payload.Length)
            throw new ProtocolException("The parts of an ERROR frame are longer than the frame.");
        return header;
    }

    private void ReadProperty(ref Utf8JsonReader reader, in HeadedBody body)
    {
        if (reader.ValueTextEquals("id"u8)) Id = Number(ref reader);
        else if (reader.ValueTextEquals("cost"u8)) CostMicroseconds = Number(ref reader);
        else if (reader.ValueTextEquals("parts"u8)) ReadParts(ref reader, body.Payload.Length);
        else if (reader.ValueTextEquals("retire"u8)) Retire = Flag(ref reader);
        else if (reader.ValueTextEquals("check"u8)) Check = Flag(ref reader);
        else if (reader.ValueTextEquals("resp"u8)) Response = Json(ref reader, body.Header);
        else if (reader.ValueTextEquals("detail"u8)) Detail = Json(ref reader, body.Header);
        else if (reader.ValueTextEquals("kind"u8)) Kind = Text(ref reader);
        else if (reader.ValueTextEquals("etype"u8)) ErrorType = Text(ref reader);
        else if (reader.ValueTextEquals("message"u8)) Message = Text(ref reader);
        else if (reader.ValueTextEquals("stackLen"u8)) StackLength = (int)Number(ref reader);
        else if (reader.ValueTextEquals("traceLen"u8)) TraceLength = (int)Number(ref reader);
        else if (reader.ValueTextEquals("factsLen"u8)) FactsLength = (int)Number(ref reader);
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private void ReadParts(ref Utf8JsonReader reader, int payloadLength)
    {
        var offset = 0;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            var name = reader.ValueTextEquals("raw"u8) ? 0 : reader.ValueTextEquals("repr"u8) ? 1 : reader.ValueTextEquals("jsonDumps"u8) ? 2
                : reader.ValueTextEquals("body"u8) ? 3 : reader.ValueTextEquals("facts"u8) ? 4
                : throw new ProtocolException($"A RESULT frame has a part named {reader.GetString()}.");
            reader.Read();
            var length = reader.GetInt32();
            if (length < 0 || length > payloadLength - offset) throw new ProtocolException("The parts of a RESULT frame are longer than the frame.");
            var part = (offset, length);
            if (name == 0) Raw = part;
            else if (name == 1) Repr = part;
            else if (name == 2) JsonDumps = part;
            else if (name == 3) Body = part;
            else Facts = part;
            offset += length;
            reader.Read();
        }
    }

    private static long Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TryGetInt64(out var whole) ? whole : (long)reader.GetDouble();
    }

    private static ReadOnlyMemory<byte> Json(ref Utf8JsonReader reader, ReadOnlyMemory<byte> header)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return default;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return header[start..(int)reader.BytesConsumed].ToArray();
    }

    private static bool Flag(ref Utf8JsonReader reader) => reader.Read() && reader.GetBoolean();

    private static string Text(ref Utf8JsonReader reader) => reader.Read() ? reader.GetString() ?? "" : "";
}
