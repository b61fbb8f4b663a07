using Dff.Grains.Caching;
using Dff.Grains.Clustering;
using Dff.Storage.Scripts;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.AutoRun;

/// <summary>
/// Runs the functions that run at a start of the cluster, and sees to scripts that a crash has left unseen to. A start is when a node becomes active and none
/// of the nodes of the last start is alive any more; a node that comes later, or again, joins that start.
/// </summary>
public sealed partial class AutoRunService(
    AutoRunner runner, AutoRunRepository rows, SiloChangesClient changes, ISiloStatusOracle statuses, ILocalSiloDetails me, OldestSilo oldest, TimeProvider time, ILogger<AutoRunService> logger)
    : OldestSiloService(oldest, TimeSpan.FromSeconds(5), time, logger), ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = time;
    private readonly ILogger _logger = logger;
    private readonly CancellationTokenSource _stopping = new();
    private volatile bool _hasJoined;
    private Task _joining = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(AutoRunService), ServiceLifecycleStage.Active + 1, Join, LeaveAsync);

    protected override async Task RunRoundAsync(CancellationToken stoppingToken)
    {
        if (!_hasJoined) return;
        if (await rows.FindLaunchAsync(stoppingToken) is { IsDone: false } launch)
        {
            await runner.LaunchAsync(launch.LaunchId, stoppingToken);
            await rows.WriteLaunchAsync(launch, launch with { IsDone = true }, stoppingToken);
        }

        foreach (var pending in await rows.GetPendingAsync(stoppingToken)) await runner.SettleAsync(pending, stoppingToken);
    }

    private Task Join(CancellationToken cancellationToken)
    {
        _joining = Task.Run(JoinAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _joining;
    }

    private async Task JoinAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (await TryJoinAsync())
                {
                    _hasJoined = true;
                    return;
                }
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                NotJoined(error);
                await Task.Delay(AskAgain, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<bool> TryJoinAsync()
    {
        var seen = await rows.FindLaunchAsync(_stopping.Token);
        var others = seen?.Silos.Split(' ').Select(SiloAddress.FromParsableString).Where(silo => !silo.Equals(me.SiloAddress)).ToList() ?? [];
        var joined = false;
        foreach (var silo in others)
        {
            if (joined = await IsAliveAsync(silo)) break;
        }

        var silos = joined ? others.Where(IsListed).Append(me.SiloAddress) : [me.SiloAddress];
        var launch = new ClusterLaunch
        {
            LaunchId = joined ? seen!.LaunchId : Guid.NewGuid().ToString("N"),
            Silos = string.Join(' ', silos.Select(silo => silo.ToParsableString())),
            IsDone = joined && seen!.IsDone,
        };
        return await rows.WriteLaunchAsync(seen, launch, _stopping.Token);
    }

    private bool IsListed(SiloAddress silo) => statuses.GetApproximateSiloStatus(silo) is not (SiloStatus.None or SiloStatus.Dead);

    /// <summary>Asks until it answers, or membership has given it up: after a crash its entry stays for a while.</summary>
    private async Task<bool> IsAliveAsync(SiloAddress silo)
    {
        while (IsListed(silo))
        {
            try
            {
                await changes.On(silo).CatchUpAsync(0).WaitAsync(AnswerLimit, _time, _stopping.Token);
                return true;
            }
            catch (Exception) when (!_stopping.IsCancellationRequested)
            {
                await Task.Delay(AskAgain, _time, _stopping.Token);
            }
        }

        return false;
    }

    [LoggerMessage(EventId = 180, EventName = "LaunchNotJoined", Level = LogLevel.Warning, Message = "Whether the cluster has just started could not be found out; it is tried again")]
    private partial void NotJoined(Exception error);
}
