using System.Buffers.Binary;
using System.Text;

namespace Dff.Python.Workers;

/// <summary>A call while a worker runs it: its log, and whether it still goes on.</summary>
internal sealed class RunningCall(long id, PythonCall call, int maxLogBytes)
{
    private readonly List<LogChunk> _log = [];
    private readonly Lock _lock = new();
    private CancellationTokenSource? _lifetime;
    private bool _hasEnded;
    private int _logBytes;

    public long Id { get; } = id;

    public PythonCall Call { get; } = call;

    public IReadOnlyList<LogChunk> Log => _log;

    /// <summary>Cancelled when the call has ended. Made when somebody asks for it: most calls ask the host nothing.</summary>
    public CancellationToken Lifetime
    {
        get
        {
            lock (_lock)
            {
                if (_hasEnded) return new CancellationToken(canceled: true);
                return (_lifetime ??= new CancellationTokenSource()).Token;
            }
        }
    }

    /// <param name="body">int64 Unix milliseconds, then UTF-8 text.</param>
    public void AddLog(ReadOnlyMemory<byte> body)
    {
        if (body.Length < 8) throw new InvalidDataException("a log frame without time");
        _logBytes += body.Length - 8;
        // The worker cuts the log; twice its limit can only come from somebody who speaks for it.
        if (_logBytes > (2L * maxLogBytes) + 65536) throw new InvalidDataException("more log than the limit");
        var milliseconds = Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(body.Span), 0, 253402300799999);
        var chunk = new LogChunk(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), Encoding.UTF8.GetString(body.Span[8..]));
        _log.Add(chunk);
        Call.OnLog?.Invoke(chunk);
    }

    public void End()
    {
        lock (_lock) _hasEnded = true;
        _lifetime?.Cancel();
    }

    public PythonOutcome Ended((PythonOutcomeKind Kind, string Type, string Message) end) => new()
    {
        Kind = end.Kind,
        ErrorType = end.Type,
        ErrorMessage = end.Message,
        Log = _log,
    };
}
