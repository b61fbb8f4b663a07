using System.Collections.Concurrent;
using Dff.Abstractions.Caching;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Dff.Grains.GrainStates;

/// <summary>
/// The grains that are active on this silo. Where states have been written past their grains, those are put to rest, so that their next call reads what is
/// stored; a call under way that writes fails on the version. Every silo does so before the change is answered, because it comes with the change log.
/// </summary>
public sealed class LiveGrains : IConfigureGrainContextProvider, IConfigureGrainContext, IChangeHandler
{
    private static readonly DeactivationReason Replaced = new(DeactivationReasonCode.ApplicationRequested, "its state was replaced");

    private readonly ConcurrentDictionary<GrainId, IGrainContext> _contexts = new();
    private readonly Lazy<IGrainFactory> _grains;
    private readonly Lazy<HashSet<GrainType>> _types;

    /// <param name="services">Grains can be named when the silo has begun, and not yet when this is made.</param>
    public LiveGrains(IServiceProvider services)
    {
        _grains = new(services.GetRequiredService<IGrainFactory>);
        _types = new(() => [.. StateNames.All.Select(name => StateNames.GrainOf(_grains.Value, name, "any").Type)]);
    }

    public bool TryGetConfigurator(GrainType grainType, GrainProperties properties, out IConfigureGrainContext configurator)
    {
        configurator = this;
        return !grainType.IsSystemTarget() && !grainType.IsClient();
    }

    /// <summary>Runs before the state is read, so no state is missed that is replaced meanwhile.</summary>
    public void Configure(IGrainContext context)
    {
        if (!_types.Value.Contains(context.GrainId.Type)) return;
        _contexts[context.GrainId] = context;
        context.ObservableLifecycle.Subscribe(nameof(LiveGrains), GrainLifecycleStage.First, _ => Task.CompletedTask, _ =>
        {
            _contexts.TryRemove(KeyValuePair.Create(context.GrainId, context));
            return Task.CompletedTask;
        });
    }

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            var slash = key.IndexOf('/', StringComparison.Ordinal);
            if (_contexts.TryGetValue(StateNames.GrainOf(_grains.Value, key[..slash], key[(slash + 1)..]), out var context)) context.Deactivate(Replaced, CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        foreach (var context in _contexts.Values) context.Deactivate(Replaced, CancellationToken.None);
        return Task.CompletedTask;
    }
}
