using System.Collections.Concurrent;
using System.Net;
using Dff.Abstractions.Clustering;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Orleans.Runtime;

namespace Dff.Grains.Functions;

public sealed class FunctionWorkers(IGrainFactory grains, ServesQueueDirector served) : IFunctionWorkers
{
    // Orleans looks the interface's attributes up each time it makes a reference.
    private readonly ConcurrentDictionary<int, IFunctionWorkerGrain> _workers = new();

    public async Task<FunctionOutcome> CallAsync(int queue, FunctionCall call)
    {
        try
        {
            return await Undelivered.SendAsync((Worker: WorkerOf(queue), call), static given => given.Worker.CallAsync(given.call));
        }
        catch (SiloUnavailableException)
        {
            throw new DffException(ErrorReason.Sys, "The node that ran the function was lost; whether it ran is not known", new { queue }) { Status = (int)HttpStatusCode.ServiceUnavailable };
        }
        catch (OrleansException) when (!served.IsServed(queue))
        {
            throw new DffException(ErrorReason.Sys, $"No node serves queue {queue} (WORKER_QUEUES)", new { queue });
        }
    }

    private IFunctionWorkerGrain WorkerOf(int queue) => _workers.GetOrAdd(queue, static (key, factory) => factory.GetGrain<IFunctionWorkerGrain>(key), grains);
}
