using Orleans.GrainDirectory;
using Orleans.Runtime;

namespace Dff.Grains.Functions;

/// <summary>
/// The directory of workers, which have no place to remember. With Orleans' own one a call that stays on its silo would still ask another silo where the
/// worker is, and fail for as long as that one is dead and membership has not noticed.
/// </summary>
public sealed class NoDirectory : IGrainDirectory
{
    public const string Name = "none";

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(address);

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => Task.FromResult<GrainAddress?>(address);

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult<GrainAddress?>(null);

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
