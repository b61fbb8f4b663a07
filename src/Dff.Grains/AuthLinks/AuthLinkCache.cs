using System.Text;
using System.Text.Json;
using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Caching;
using Dff.Grains.Caching;
using Dff.Storage.AuthLinks;

namespace Dff.Grains.AuthLinks;

public sealed class AuthLinkCache : IAuthLinkCache
{
    private const int Capacity = 100_000;
    private const string Prefix = "auln-";
    private const string FurtherKwargs = "**kwargs";

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
        using var kwargs = JsonDocument.Parse(row.FuncCallKwargsJSON.Text);
        var fixedKwargs = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        var takesFurther = false;
        foreach (var argument in kwargs.RootElement.EnumerateObject())
        {
            var isPlaceholder = argument.Value.ValueKind == JsonValueKind.String && argument.Value.GetString() is "FROM_PARAMETER" or "INPUT_BY_CALLER";
            if (argument.Name == FurtherKwargs && isPlaceholder) takesFurther = true;
            else fixedKwargs[argument.Name] = isPlaceholder ? null : Encoding.UTF8.GetBytes(argument.Value.GetRawText());
        }

        var isThrottled = row.ThrottlingJSON is { } limits && limits.Text is not ("{}" or "null");
        return new AuthLinkFacts(row.Id, row.FuncId, fixedKwargs, takesFurther, row.ExpireTime, isThrottled, row.IsDisabled);
    }
}
