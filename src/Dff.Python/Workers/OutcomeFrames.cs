using System.Text;
using System.Text.Json;
using Dff.Python.Frames;

namespace Dff.Python.Workers;

/// <summary>Reads the frame that ends a call.</summary>
internal static class OutcomeFrames
{
    public static (PythonOutcome Outcome, bool MustSettle) Read(Frame frame, RunningCall running)
    {
        var (headerBytes, payload) = frame.Split();
        var reader = new Utf8JsonReader(headerBytes.Span);
        var header = JsonElement.ParseValue(ref reader);
        if (header.GetProperty("id").GetInt64() != running.Id) throw new InvalidDataException("an answer to another call");
        var outcome = frame.Type == FrameType.Result ? Result(frame, header, payload, running) : Error(frame, header, payload, running);
        return (outcome, header.GetProperty("check").GetBoolean());
    }

    private static PythonOutcome Result(Frame frame, JsonElement header, ReadOnlyMemory<byte> payload, RunningCall running)
    {
        ReadOnlyMemory<byte> raw = default, repr = default, jsonDumps = default, facts = default;
        foreach (var part in header.GetProperty("parts").EnumerateArray())
        {
            var data = frame.Keep(Take(ref payload, part[1].GetInt32()));
            switch (part[0].GetString())
            {
                case "raw":
                    raw = data;
                    break;
                case "repr":
                    repr = data;
                    break;
                case "jsonDumps":
                    jsonDumps = data;
                    break;
                case "facts":
                    facts = data;
                    break;
            }
        }

        return new PythonOutcome
        {
            Kind = PythonOutcomeKind.Succeeded,
            Raw = raw,
            Repr = repr,
            JsonDumps = jsonDumps,
            Facts = facts,
            Log = running.Log,
            Cost = Cost(header),
        };
    }

    private static PythonOutcome Error(Frame frame, JsonElement header, ReadOnlyMemory<byte> payload, RunningCall running)
    {
        var stack = Take(ref payload, header.GetProperty("stackLen").GetInt32());
        var trace = Take(ref payload, header.GetProperty("traceLen").GetInt32());
        return new PythonOutcome
        {
            Kind = header.GetProperty("kind").GetString() switch
            {
                "raised" => PythonOutcomeKind.Raised,
                "timeout" => PythonOutcomeKind.TimedOut,
                "result" => PythonOutcomeKind.ResultUnusable,
                "notFound" => PythonOutcomeKind.NotFound,
                var kind => throw new InvalidDataException($"an error of kind {kind}"),
            },
            ErrorType = header.GetProperty("etype").GetString() ?? "",
            ErrorMessage = header.GetProperty("message").GetString() ?? "",
            ErrorDetail = header.TryGetProperty("detail", out var detail) ? Encoding.UTF8.GetBytes(detail.GetRawText()) : default(ReadOnlyMemory<byte>),
            Stack = Encoding.UTF8.GetString(stack.Span),
            TraceInfo = frame.Keep(trace),
            Log = running.Log,
            Cost = Cost(header),
        };
    }

    private static TimeSpan Cost(JsonElement header) => TimeSpan.FromMicroseconds(header.GetProperty("cost").GetInt64());

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> payload, int length)
    {
        if (length < 0 || length > payload.Length) throw new InvalidDataException("a part that is longer than its frame");
        var part = payload[..length];
        payload = payload[length..];
        return part;
    }
}
