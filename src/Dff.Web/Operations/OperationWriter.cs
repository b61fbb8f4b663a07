using System.Threading.Channels;
using Dff.Storage.Operations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dff.Web.Operations;

/// <summary>
/// Writes operation records behind the answers: those of a quarter of a second are one commit, and what is left is written when the node stops. A node that is
/// killed loses what it had not committed. While the store is away records wait in memory; beyond the limit new ones are dropped, and the log says how many.
/// </summary>
public sealed partial class OperationWriter(OperationRecordRepository records, TimeProvider time, ILogger<OperationWriter> logger) : BackgroundService
{
    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 500;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastTry = TimeSpan.FromSeconds(5);

    private readonly Channel<OperationRecordRow> _waiting = Channel.CreateBounded<OperationRecordRow>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly List<OperationRecordRow> _batch = new(MostAtOnce);
    private long _dropped;

    public void Add(OperationRecordRow record)
    {
        if (!_waiting.Writer.TryWrite(record)) Interlocked.Increment(ref _dropped);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(LastTry, time);
        while (Take() && await WriteAsync(limit.Token)) _batch.Clear();
        if (_batch.Count > 0) NotWritten(_batch.Count + _waiting.Reader.Count);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gathering, time, stoppingToken);
                while (Take())
                {
                    if (await WriteAsync(stoppingToken)) _batch.Clear();
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

    /// <returns>False: nothing of it was written.</returns>
    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await records.AddAsync(_batch, cancellationToken);
            return true;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            WritingFailed(_batch.Count, error);
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
        var written = new List<OperationRecordRow>();
        foreach (var record in _batch)
        {
            try
            {
                await records.AddAsync([record], cancellationToken);
                written.Add(record);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                if (written.Count == 0) return false;
                RecordRefused(record.TraceId, record.ReqRoute, error);
            }
        }

        return true;
    }

    private void TellDropped()
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var count) Dropped(count);
    }

    [LoggerMessage(EventId = 250, EventName = "OperationRecordsNotYetWritten", Level = LogLevel.Warning, Message = "{Count} operation records could not be written; they are tried again")]
    private partial void WritingFailed(int count, Exception error);

    [LoggerMessage(EventId = 251, EventName = "OperationRecordRefused", Level = LogLevel.Error, Message = "The store refuses the operation record of {TraceId} {Route}")]
    private partial void RecordRefused(string? traceId, string route, Exception error);

    [LoggerMessage(EventId = 252, EventName = "OperationRecordsDropped", Level = LogLevel.Error, Message = "{Count} operation records were dropped, because more came than could be written")]
    private partial void Dropped(long count);

    [LoggerMessage(EventId = 253, EventName = "OperationRecordsLost", Level = LogLevel.Error, Message = "{Count} operation records could not be written before the node stopped")]
    private partial void NotWritten(int count);
}
