using Dff.Abstractions.Functions;

namespace Dff.Abstractions.Batches;

/// <summary>What a call through a batch needs, kept in memory on every silo.</summary>
public sealed record BatchFacts(string Id, string FuncId, FixedKwargs Kwargs, bool IsDisabled)
{
    /// <summary>How callers prove who they are; null: they need not.</summary>
    public string? ApiAuthId { get; init; }
}

public interface IBatchCache
{
    /// <summary>The batch with this ID as it is, else the one with the <c>bat-</c> prefix; null where there is neither.</summary>
    ValueTask<BatchFacts?> FindAsync(string id, CancellationToken cancellationToken);
}
