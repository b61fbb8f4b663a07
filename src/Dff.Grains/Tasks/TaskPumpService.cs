using Dff.Abstractions.Tasks;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace Dff.Grains.Tasks;

/// <summary>One on every silo: hears which of the attempts it runs are not wanted any more.</summary>
[Alias("dff.task-pump-service")]
public interface ITaskPumpService : IGrainService
{
    [Alias("end")]
    Task EndAsync(int queue, HeldTask attempt);
}

public sealed class TaskPumpService(GrainId grainId, Silo silo, ILoggerFactory loggerFactory, TaskPumps pumps) : GrainService(grainId, silo, loggerFactory), ITaskPumpService
{
    public Task EndAsync(int queue, HeldTask attempt)
    {
        pumps.End(queue, attempt);
        return Task.CompletedTask;
    }
}

/// <summary>Reaches the pumps of a given silo.</summary>
public sealed class TaskPumpsClient(IServiceProvider services) : GrainServiceClient<ITaskPumpService>(services)
{
    public ITaskPumpService On(SiloAddress silo) => GetGrainService(silo);
}
