using Dff.Grains.Clustering;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Packages;

/// <summary>Looks every few seconds for what a crash has left.</summary>
public sealed class ImportFollowUpService(ImportFollowUps followUps, OldestSilo oldest, TimeProvider time, ILogger<ImportFollowUpService> logger)
    : OldestSiloService(oldest, TimeSpan.FromSeconds(5), time, logger)
{
    protected override Task RunRoundAsync(CancellationToken stoppingToken) => followUps.RunAsync(null, stoppingToken);
}
