using Dff.Abstractions.Configuration;
using Dff.Abstractions.Functions;
using Dff.Grains.Caching;
using Dff.Python;
using Orleans.Runtime;

namespace Dff.Silo.Hosting;

/// <summary>
/// Starts the engine and fills the memories before this silo takes its first grain, and stops the engine after the last one has gone:
/// calls under way have 30 s to finish.
/// </summary>
internal sealed class PartsLifecycle(IPythonEngine engine, ChangeFeed changes, WorkerOptions worker, NodeOptions node, NodeReadiness readiness) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(PartsLifecycle), ServiceLifecycleStage.RuntimeStorageServices + 1, StartAsync, _ => Task.CompletedTask);
        lifecycle.Subscribe(nameof(PartsLifecycle) + ".Ready", ServiceLifecycleStage.Last, _ => readiness.BecomeReady(), _ => readiness.BecomeUnready());
        lifecycle.Subscribe(nameof(PartsLifecycle) + ".Drain", ServiceLifecycleStage.Active - 1, _ => Task.CompletedTask, _ => engine.DrainAsync(DrainLimit));
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var engineStart = worker.ServedBy(node).Count > 0 ? engine.StartAsync(cancellationToken) : Task.CompletedTask;
        await changes.StartAsync(cancellationToken);
        await engineStart;
    }
}
