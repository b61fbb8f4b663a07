using Dff.Abstractions.Functions;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Dff.Grains.Functions;

/// <summary>
/// Hands calls to the engine of its silo. Reentrant, because the pool of the queue is the gate: without it an activation would run one call at a time,
/// and Orleans would make no more of them than there are cores.
/// </summary>
[StatelessWorker, Reentrant, ServesQueue, GrainDirectory(NoDirectory.Name)]
public sealed class FunctionWorkerGrain(FunctionRunner runner) : Grain, IFunctionWorkerGrain
{
    public Task<FunctionOutcome> CallAsync(FunctionCall call) => runner.RunAsync((int)this.GetPrimaryKeyLong(), call, CancellationToken.None);
}
