using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Dff.Grains.Caching;

/// <summary>Remembers when silos were declared dead: one that lives on without knowing it may serve from memory until its lease ends.</summary>
public sealed class SiloWatch(ISiloStatusOracle oracle, TimeProvider time) : ISiloStatusListener, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ConcurrentDictionary<SiloAddress, long> _died = new();

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SiloWatch), ServiceLifecycleStage.RuntimeServices + 1, _ =>
        {
            oracle.SubscribeToSiloStatusEvents(this);
            return Task.CompletedTask;
        });

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead) _died.TryAdd(updatedSilo, time.GetTimestamp());
    }

    /// <summary>All silos that live, come or go, and those declared dead less than <paramref name="span"/> ago.</summary>
    public IReadOnlyCollection<SiloAddress> NotLongDead(TimeSpan span)
    {
        var silos = oracle.GetApproximateSiloStatuses().Where(silo => silo.Value != SiloStatus.Dead).Select(silo => silo.Key).ToHashSet();
        foreach (var (silo, died) in _died)
        {
            if (time.GetElapsedTime(died) < span) silos.Add(silo);
            else _died.TryRemove(silo, out _);
        }

        return silos;
    }
}
