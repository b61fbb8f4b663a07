using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace Dff.Grains.Caching;

/// <summary>One on every silo: the ear for announced changes.</summary>
[Alias("dff.silo-changes")]
public interface ISiloChanges : IGrainService
{
    /// <summary>Answers when this silo's memory is at least as new as <paramref name="sequence"/>.</summary>
    [Alias("catch-up")]
    Task CatchUpAsync(long sequence);
}

public sealed class SiloChanges(GrainId grainId, Silo silo, ILoggerFactory loggerFactory, ChangeFeed feed)
    : GrainService(grainId, silo, loggerFactory), ISiloChanges
{
    public Task CatchUpAsync(long sequence) => feed.CatchUpAsync(sequence, CancellationToken.None);
}

/// <summary>Reaches the ear of a given silo.</summary>
public sealed class SiloChangesClient(IServiceProvider services) : GrainServiceClient<ISiloChanges>(services)
{
    public ISiloChanges On(SiloAddress silo) => GetGrainService(silo);
}
