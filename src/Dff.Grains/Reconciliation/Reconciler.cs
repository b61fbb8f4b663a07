using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Batches;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Scripts;
using Dff.Storage.Reconciliation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Reconciliation;

/// <summary>
/// Finds grains whose rows are behind their state, because a crash came between the two writes, and wakes them to write the rows again.
/// Runs at start and every 20 s; in a cluster on the oldest silo only.
/// </summary>
public sealed partial class Reconciler(
    ReconcileRepository rows, IGrainFactory grains, IClusterMembershipService membership, ILocalSiloDetails me, TimeProvider time, ILogger<Reconciler> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                if (IsOldestSilo()) await RunAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(error);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private bool IsOldestSilo()
    {
        var active = membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress);
        var oldest = active.MinBy(silo => (silo.Generation, silo.ToParsableString()));
        return oldest is null || oldest.Equals(me.SiloAddress);
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        foreach (var behind in await rows.FindBehindAsync(stoppingToken))
        {
            try
            {
                await ReprojectAsync(behind);
                Repaired(behind.Kind, behind.Key);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                RepairFailed(behind.Kind, behind.Key, error);
            }
        }
    }

    private Task ReprojectAsync(BehindProjection behind) => behind.Kind switch
    {
        "script-set" => grains.GetGrain<IScriptSetGrain>(behind.Key).ReprojectAsync(),
        "script" => grains.GetGrain<IScriptGrain>(behind.Key).ReprojectAsync(),
        "crontab-config" => grains.GetGrain<ICrontabConfigGrain>(behind.Key).ReprojectAsync(),
        "auth-link" => grains.GetGrain<IAuthLinkGrain>(behind.Key).ReprojectAsync(),
        "batch" => grains.GetGrain<IBatchGrain>(behind.Key).ReprojectAsync(),
        _ => throw new InvalidOperationException($"unknown kind {behind.Kind}"),
    };

    [LoggerMessage(EventId = 120, EventName = "RowsRepaired", Level = LogLevel.Warning, Message = "The rows of {Kind} {Key} were behind its state and have been written again")]
    private partial void Repaired(string kind, string key);

    [LoggerMessage(EventId = 121, EventName = "RowsNotRepaired", Level = LogLevel.Error, Message = "The rows of {Kind} {Key} are behind its state and could not be written")]
    private partial void RepairFailed(string kind, string key, Exception error);

    [LoggerMessage(EventId = 122, EventName = "ReconcilingFailed", Level = LogLevel.Error, Message = "Looking for rows that are behind failed; it is tried again")]
    private partial void Failed(Exception error);
}
