using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace Dff.Grains.Tasks;

/// <summary>Keeps a grain on silos with the role <c>scheduler</c>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnSchedulersAttribute() : PlacementFilterAttribute(new OnSchedulersStrategy());

[GenerateSerializer, Immutable, Alias("dff.on-schedulers-strategy")]
public sealed class OnSchedulersStrategy() : PlacementFilterStrategy(order: 1);

public sealed class OnSchedulersDirector(ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    /// <summary>The key of the silo metadata: its roles, comma-separated.</summary>
    public const string MetadataKey = "roles";

    public const string Role = "scheduler";

    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos) =>
        silos.Where(silo => metadata.GetSiloMetadata(silo).Metadata.TryGetValue(MetadataKey, out var roles) && roles.Split(',').Contains(Role));
}

public static class QueuePlacement
{
    public static ISiloBuilder AddQueuePlacement(this ISiloBuilder silo)
    {
        silo.Services.AddPlacementFilter<OnSchedulersStrategy, OnSchedulersDirector>(ServiceLifetime.Singleton);
        return silo;
    }
}
