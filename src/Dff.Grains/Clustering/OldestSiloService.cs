using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Clustering;

/// <summary>Work that comes again and again, on the oldest silo only. A round that fails is logged, and tried again with the next one.</summary>
public abstract partial class OldestSiloService(OldestSilo oldest, TimeSpan interval, TimeProvider time, ILogger logger) : BackgroundService
{
    protected abstract Task RunRoundAsync(CancellationToken stoppingToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do await TryRoundAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task TryRoundAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (oldest.IsThis) await RunRoundAsync(stoppingToken);
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested)
        {
            RoundFailed(GetType().Name, error);
        }
    }

    [LoggerMessage(EventId = 122, EventName = "RoundFailed", Level = LogLevel.Error, Message = "A round of {Service} failed; it is tried again")]
    private partial void RoundFailed(string service, Exception error);
}
