using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Functions;
using Dff.Storage.AuthLinks;

namespace Dff.Grains.AuthLinks;

public sealed class AuthLinkCache : IAuthLinkCache
{
    private const int Capacity = 100_000;
    private const string Prefix = "auln-";

    private readonly InvalidatingCache<AuthLinkFacts> _links;

    public AuthLinkCache(AuthLinkRepository rows, IChangeFeed changes)
    {
        _links = new InvalidatingCache<AuthLinkFacts>(async (id, cancellationToken) => await rows.FindAsync(id, cancellationToken) is { } row ? Facts(row) : null, changes, Capacity);
        changes.Subscribe(ChangeKind.AuthLink, _links);
    }

    public async ValueTask<AuthLinkFacts?> FindAsync(string id, CancellationToken cancellationToken) =>
        await _links.FindAsync(id, cancellationToken) ?? await _links.FindAsync(Prefix + id, cancellationToken);

    private static AuthLinkFacts Facts(AuthLinkProjection row)
    {
        var isThrottled = row.ThrottlingJSON is { } limits && limits.Text is not ("{}" or "null");
        return new AuthLinkFacts(row.Id, row.FuncId, new FixedKwargs(row.FuncCallKwargsJSON.Text), row.ExpireTime, isThrottled, row.IsDisabled) { ApiAuthId = row.ApiAuthId };
    }
}
