using Dff.Abstractions.Functions;

namespace Dff.Abstractions.AuthLinks;

/// <summary>What a call through a link needs, kept in memory on every silo.</summary>
public sealed record AuthLinkFacts(string Id, string FuncId, FixedKwargs Kwargs, DateTimeOffset? ExpireTime, bool IsThrottled, bool IsDisabled)
{
    /// <summary>How callers prove who they are; null: they need not.</summary>
    public string? ApiAuthId { get; init; }
}

public interface IAuthLinkCache
{
    /// <summary>The link with this ID as it is, else the one with the <c>auln-</c> prefix; null where there is neither.</summary>
    ValueTask<AuthLinkFacts?> FindAsync(string id, CancellationToken cancellationToken);
}
