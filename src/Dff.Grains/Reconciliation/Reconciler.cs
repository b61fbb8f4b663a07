using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Batches;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.ManyJobs;
using Dff.Abstractions.Scripts;
using Dff.Grains.Clustering;
using Dff.Storage.ManyJobs;
using Dff.Storage.Reconciliation;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Reconciliation;

/// <summary>Finds grains whose rows are behind their state, because a crash came between the two writes, and wakes them to write the rows again, and changes of many records that nobody carries on: at start and every 20 s.</summary>
public sealed partial class Reconciler(ReconcileRepository rows, ManyJobRepository jobs, IGrainFactory grains, OldestSilo oldest, TimeProvider time, ILogger<Reconciler> logger)
    : OldestSiloService(oldest, TimeSpan.FromSeconds(20), time, logger)
{
    private readonly ILogger _logger = logger;

    protected override async Task RunRoundAsync(CancellationToken stoppingToken)
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

        foreach (var job in await jobs.GetAllAsync(stoppingToken))
        {
            try
            {
                await grains.GetGrain<IManyJobGrain>(job.Id).ResumeAsync();
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                ResumeFailed(job.Kind, job.Id, error);
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

    [LoggerMessage(EventId = 123, EventName = "ManyJobNotResumed", Level = LogLevel.Error, Message = "The interrupted change {Key} of many records ({Kind}) could not be carried on; it is tried again")]
    private partial void ResumeFailed(string kind, string key, Exception error);

    [LoggerMessage(EventId = 121, EventName = "RowsNotRepaired", Level = LogLevel.Error, Message = "The rows of {Kind} {Key} are behind its state and could not be written")]
    private partial void RepairFailed(string kind, string key, Exception error);
}
