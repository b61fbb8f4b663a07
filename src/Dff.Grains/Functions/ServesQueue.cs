using System.Collections.Concurrent;
using Dff.Abstractions.Functions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace Dff.Grains.Functions;

/// <summary>Keeps a stateless worker on silos that serve its queue, which is its integer key.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ServesQueueAttribute() : PlacementFilterAttribute(new ServesQueueStrategy());

[GenerateSerializer, Immutable, Alias("dff.serves-queue-strategy")]
public sealed class ServesQueueStrategy() : PlacementFilterStrategy(order: 1);

public sealed class ServesQueueDirector(ISiloMetadataCache metadata, ISiloStatusOracle oracle) : IPlacementFilterDirector
{
    // Parsed once a text: silos announce a handful of different texts.
    private static readonly ConcurrentDictionary<string, IReadOnlySet<int>> Parsed = new();

    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var queue = (int)target.GrainIdentity.GetIntegerKey();
        return silos.Where(silo => Serves(silo, queue));
    }

    /// <summary>Whether any active silo serves the queue.</summary>
    public bool IsServed(int queue) => oracle.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(silo => Serves(silo, queue));

    private bool Serves(SiloAddress silo, int queue) =>
        metadata.GetSiloMetadata(silo).Metadata.TryGetValue(ServedQueues.MetadataKey, out var text)
        && Parsed.GetOrAdd(text, static served => ServedQueues.Parse(served, int.MaxValue)).Contains(queue);
}

public static class FunctionWorkerPlacement
{
    public static ISiloBuilder AddFunctionWorkerPlacement(this ISiloBuilder silo)
    {
        silo.Services.AddPlacementFilter<ServesQueueStrategy, ServesQueueDirector>(ServiceLifetime.Singleton).AddSingleton<ServesQueueDirector>().AddSingleton<IFunctionWorkers, FunctionWorkers>();
        return silo.AddGrainDirectory(NoDirectory.Name, (_, _) => new NoDirectory());
    }
}
