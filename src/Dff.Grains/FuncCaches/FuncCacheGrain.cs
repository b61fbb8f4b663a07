using Dff.Abstractions.FuncCaches;
using Orleans.Placement;

namespace Dff.Grains.FuncCaches;

/// <summary>Makes one silo the place of a scope; it stays as long as it holds something.</summary>
[PreferLocalPlacement, KeepAlive]
public sealed class FuncCacheGrain(FuncCacheMemory memory) : Grain, IFuncCacheGrain
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(5);

    private string Scope => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Of an activation before that could not say good-bye.
        memory.Drop(Scope);
        this.RegisterGrainTimer(
            _ =>
            {
                if (!memory.Sweep(Scope)) DeactivateOnIdle();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(SweepPeriod, SweepPeriod));
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        memory.Drop(Scope);
        return Task.CompletedTask;
    }

    public Task<string?> GetAsync(string key) => Task.FromResult(memory.Get(Scope, key));

    public Task<bool> SetAsync(string key, string value, TimeSpan? expire, bool notExists) => Task.FromResult(memory.Set(Scope, key, value, expire, notExists));

    public Task<string?> ExchangeAsync(string key, string value) => Task.FromResult(memory.Exchange(Scope, key, value));

    public Task<bool> ExpireAsync(string key, TimeSpan expire) => Task.FromResult(memory.Expire(Scope, key, expire));

    public Task<bool> DeleteAsync(string key) => Task.FromResult(memory.Delete(Scope, key));

    public Task<long> IncrementAsync(string key, long step) => Task.FromResult(memory.Increment(Scope, key, step));

    public Task<long> PushAsync(string key, string value, bool atEnd) => Task.FromResult(memory.Push(Scope, key, value, atEnd));

    public Task<string?> PopAsync(string key, bool atEnd) => Task.FromResult(memory.Pop(Scope, key, atEnd));

    public Task<string?> MoveAsync(string key, string to) => Task.FromResult(memory.Move(Scope, key, to));
}
