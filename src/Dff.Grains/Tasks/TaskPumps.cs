using Dff.Abstractions.Configuration;
using Dff.Abstractions.Tasks;
using Dff.Grains.SystemConfigs;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Tasks;

/// <summary>
/// The pumps of this silo, one for each queue that it serves, so that a slow queue does not keep another one waiting. On a scheduler it also keeps all queues
/// awake: one whose silo is gone is opened elsewhere, although nobody brings it a task or asks for one.
/// </summary>
public sealed partial class TaskPumps(
    IGrainFactory grains, TaskRun run, RunTimeSettings settings, WorkerOptions worker, NodeOptions node, ILocalSiloDetails me, ISiloStatusOracle silos, TimeProvider time, ILogger<TaskPumps> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>What runs may end within it when the silo stops.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WakePeriod = TimeSpan.FromSeconds(15);

    private readonly Dictionary<int, TaskPump> _pumps = [];
    private readonly CancellationTokenSource _stopped = new();
    private Task _renewing = Task.CompletedTask;
    private Task _waking = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(TaskPumps), ServiceLifecycleStage.Active + 1, Start, StopAsync);

    /// <summary>An attempt that runs here is not wanted any more.</summary>
    public void End(int queue, HeldTask attempt)
    {
        if (_pumps.TryGetValue(queue, out var pump)) pump.End(attempt);
    }

    private Task Start(CancellationToken cancellationToken)
    {
        foreach (var queue in worker.ServedBy(node))
            _pumps[queue] = new TaskPump(queue, settings.ConcurrencyOf(queue), grains.GetGrain<IQueueGrain>(queue), run, me, silos, time, logger);
        foreach (var pump in _pumps.Values) pump.Start();
        settings.ConcurrencyChanged += SetConcurrency;
        _renewing = EveryAsync(RenewPeriod, () => Task.WhenAll(_pumps.Values.Select(pump => pump.RenewAsync())));
        if (node.HasRole(OnSchedulersDirector.Role)) _waking = EveryAsync(WakePeriod, () => Task.WhenAll(Enumerable.Range(0, worker.QueueCount).Select(WakeAsync)));
        return Task.CompletedTask;
    }

    private void SetConcurrency(int queue, int processes)
    {
        if (_pumps.TryGetValue(queue, out var pump)) pump.SetConcurrency(processes);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        settings.ConcurrencyChanged -= SetConcurrency;
        await Task.WhenAll(_pumps.Values.Select(pump => pump.StopAsync(StopLimit)));
        await _stopped.CancelAsync();
        await Task.WhenAll(_renewing, _waking);
    }

    private async Task EveryAsync(TimeSpan period, Func<Task> work)
    {
        // Not on the scheduler of the silo's start.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stopped.IsCancellationRequested)
        {
            await work().ConfigureAwait(false);
            await Task.Delay(period, time, _stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WakeAsync(int queue)
    {
        try
        {
            await grains.GetGrain<IQueueGrain>(queue).GetReportAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            NotAwake(queue, error);
        }
    }

    [LoggerMessage(EventId = 160, EventName = "QueueNotAwake", Level = LogLevel.Information, Message = "Queue {Queue} cannot be woken now; it is tried again")]
    private partial void NotAwake(int queue, Exception error);
}
