using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dff.Storage.Records;

/// <summary>
/// Writes records behind the answers: those of a quarter of a second are one commit, and what is left is written when the node stops. A node that is killed
/// loses what it had not committed. While the store is away records wait in memory; beyond the limits new ones are dropped, and the log says how many.
/// </summary>
public abstract class RecordWriter<T>(string what, TimeProvider time, ILogger logger) : BackgroundService
{
    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 500;
    private const long MostBytes = 64L * 1024 * 1024;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastTry = TimeSpan.FromSeconds(5);

    private readonly Channel<T> _waiting = Channel.CreateBounded<T>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly List<T> _batch = new(MostAtOnce);
    private long _bytes;
    private long _dropped;

    /// <summary>Never waits.</summary>
    public void Add(T record)
    {
        var size = SizeOf(record);
        if (Interlocked.Add(ref _bytes, size) <= MostBytes && _waiting.Writer.TryWrite(record)) return;
        Interlocked.Add(ref _bytes, -size);
        Interlocked.Increment(ref _dropped);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(LastTry, time);
        while (Take() && await WriteAsync(limit.Token)) Clear();
        TellDropped();
        if (_batch.Count > 0) RecordWriterLog.NotWritten(logger, _batch.Count + _waiting.Reader.Count, what);
    }

    /// <summary>In one transaction.</summary>
    protected abstract Task WriteAsync(IReadOnlyList<T> batch, CancellationToken cancellationToken);

    /// <summary>Bytes of memory, roughly.</summary>
    protected virtual long SizeOf(T record) => 0;

    /// <summary>What the log calls a record that the store refuses.</summary>
    protected abstract string NameOf(T record);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gathering, time, stoppingToken);
                while (Take())
                {
                    if (await WriteAsync(stoppingToken)) Clear();
                    else await Task.Delay(AfterFailure, time, stoppingToken);
                    TellDropped();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is written by StopAsync.
        }
    }

    /// <returns>False: there is nothing to write.</returns>
    private bool Take()
    {
        while (_batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var record)) _batch.Add(record);
        return _batch.Count > 0;
    }

    private void Clear()
    {
        Interlocked.Add(ref _bytes, -_batch.Sum(SizeOf));
        _batch.Clear();
    }

    /// <returns>False: nothing of it was written.</returns>
    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(_batch, cancellationToken);
            return true;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            RecordWriterLog.WritingFailed(logger, _batch.Count, what, error);
            return _batch.Count > 1 && await WriteEachAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>If some can be written, it is a record that the store refuses; it must not keep the others out.</summary>
    private async Task<bool> WriteEachAsync(CancellationToken cancellationToken)
    {
        var written = 0;
        foreach (var record in _batch)
        {
            try
            {
                await WriteAsync([record], cancellationToken);
                written++;
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                if (written == 0) return false;
                RecordWriterLog.Refused(logger, what, NameOf(record), error);
            }
        }

        return true;
    }

    private void TellDropped()
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var count) RecordWriterLog.Dropped(logger, count, what);
    }
}

internal static partial class RecordWriterLog
{
    [LoggerMessage(EventId = 250, EventName = "RecordsNotYetWritten", Level = LogLevel.Warning, Message = "{Count} {What} could not be written; they are tried again")]
    public static partial void WritingFailed(ILogger logger, int count, string what, Exception error);

    [LoggerMessage(EventId = 251, EventName = "RecordRefused", Level = LogLevel.Error, Message = "The store refuses one of the {What}: {Name}")]
    public static partial void Refused(ILogger logger, string what, string name, Exception error);

    [LoggerMessage(EventId = 252, EventName = "RecordsDropped", Level = LogLevel.Error, Message = "{Count} {What} were dropped, because more came than could be written")]
    public static partial void Dropped(ILogger logger, long count, string what);

    [LoggerMessage(EventId = 253, EventName = "RecordsLost", Level = LogLevel.Error, Message = "{Count} {What} could not be written before the node stopped")]
    public static partial void NotWritten(ILogger logger, int count, string what);
}
