using System.Text;
using Dff.Python.Protocol;

namespace Dff.Python.Workers;

/// <summary>One call while a worker runs it: what it has logged, and how its frames become an outcome.</summary>
internal sealed class RunningCall(long id, PythonCall call, Worker worker, PythonEngineOptions options)
{
    private const long MostMicroseconds = long.MaxValue / 1000;

    private static readonly CancellationTokenSource Over = AlreadyCancelled();

    private CallLog? _log;
    private CancellationTokenSource? _ended;
    private ResultStream? _stream;

    public long Id => id;

    public PythonCall Call => call;

    public Worker Worker => worker;

    /// <summary>The moment, by the engine's clock, at which the worker is killed.</summary>
    public required long Due { get; init; }

    /// <summary>Cancelled when the call ends, so that the host stops working for it.</summary>
    public CancellationToken Ended
    {
        get
        {
            var fresh = new CancellationTokenSource();
            return (Interlocked.CompareExchange(ref _ended, fresh, null) ?? fresh).Token;
        }
    }

    public void End()
    {
        Interlocked.Exchange(ref _ended, Over)?.Cancel();
        _stream?.Dispose();
    }

    public ValueTask AddDataAsync(ReadOnlyMemory<byte> piece)
    {
        if (!call.TakesStream || options.StreamDirectory is not { } directory) throw new ProtocolException("A piece of a result came, and nobody has asked for pieces.");
        return (_stream ??= new ResultStream(directory, options.MaxStreamBytes)).AddAsync(piece);
    }

    public LogChunk? AddLog(ReadOnlyMemory<byte> body) => (_log ??= new CallLog(options.MaxLogBytes)).Add(body);

    public PythonOutcome Result(in Frame frame, out AnswerHeader header)
    {
        var body = Answer(frame, out header);
        var payload = frame.IsOwned ? body.Payload : body.Payload.ToArray();
        return new PythonOutcome
        {
            Kind = PythonOutcomeKind.Succeeded,
            Raw = Part(payload, header.Raw),
            Repr = Part(payload, header.Repr),
            JsonDumps = Part(payload, header.JsonDumps),
            Body = Part(payload, header.Body),
            Response = header.Response,
            Streamed = header.IsStreamed ? (_stream ??= new ResultStream(options.StreamDirectory ?? throw new ProtocolException("A streamed result came, and nobody has asked for one."), 0)).Take() : null,
            Facts = Part(payload, header.Facts),
            Log = _log?.Chunks ?? [],
            Cost = TimeSpan.FromMicroseconds(Math.Clamp(header.CostMicroseconds, 0, MostMicroseconds)),
        };
    }

    public PythonOutcome Error(in Frame frame, out AnswerHeader header)
    {
        var payload = Answer(frame, out header).Payload;
        return new PythonOutcome
        {
            Kind = header.Kind switch
            {
                "raised" => PythonOutcomeKind.Raised,
                "timeout" => PythonOutcomeKind.TimedOut,
                "result" => PythonOutcomeKind.ResultUnusable,
                "notFound" => PythonOutcomeKind.NotFound,
                _ => throw new ProtocolException($"An ERROR frame of the unknown kind '{header.Kind}' came."),
            },
            ErrorType = header.ErrorType,
            ErrorMessage = header.Message,
            ErrorDetail = header.Detail,
            Stack = Encoding.UTF8.GetString(payload.Span[..header.StackLength]),
            TraceInfo = payload.Slice(header.StackLength, header.TraceLength).ToArray(),
            Facts = payload.Slice(header.StackLength + header.TraceLength, header.FactsLength).ToArray(),
            Log = _log?.Chunks ?? [],
            Cost = TimeSpan.FromMicroseconds(Math.Clamp(header.CostMicroseconds, 0, MostMicroseconds)),
        };
    }

    /// <summary>The outcome of a call whose worker ended under it.</summary>
    public PythonOutcome Died(KillReason killed, string? fault, WorkerExit exit)
    {
        var (kind, message) = killed switch
        {
            KillReason.TimedOut => (PythonOutcomeKind.TimedOut,
                $"The function did not end within {call.Timeout.TotalSeconds:0.###} s, nor within {options.ExtraTimeoutToKill.TotalSeconds:0.###} s "
                + "after it was interrupted; its process was killed."),
            KillReason.Cancelled => (PythonOutcomeKind.Cancelled, "The caller cancelled the call."),
            KillReason.Stopping => (PythonOutcomeKind.WorkerLost, "The engine is stopping; the function's process was ended."),
            KillReason.Protocol => (PythonOutcomeKind.WorkerExited, $"The function disturbed its process's connection to the engine: {fault}"),
            KillReason.Disconnected when exit is { Signal: WorkerExit.Kill, WasKilled: true } or { Code: null, Signal: null } =>
                (PythonOutcomeKind.WorkerExited, "The function closed its process's connection to the engine."),
            _ => exit.Explain(),
        };
        return new PythonOutcome { Kind = kind, ErrorType = kind.ToString(), ErrorMessage = message, Log = _log?.Chunks ?? [] };
    }

    private HeadedBody Answer(in Frame frame, out AnswerHeader header)
    {
        var body = HeadedBody.Of(frame);
        header = AnswerHeader.Read(body, frame.Type);
        if (header.Id != id) throw new ProtocolException($"The answer to call {header.Id} came while call {id} ran.");
        return body;
    }

    private static ReadOnlyMemory<byte> Part(ReadOnlyMemory<byte> payload, (int Offset, int Length) part) =>
        part.Length < 0 ? default : payload.Slice(part.Offset, part.Length);

    private static CancellationTokenSource AlreadyCancelled()
    {
        var source = new CancellationTokenSource();
        source.Cancel();
        return source;
    }
}
