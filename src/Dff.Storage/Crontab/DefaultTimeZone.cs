using Dff.Abstractions.Configuration;

namespace Dff.Storage.Crontab;

/// <summary>
/// The zone of crontab configs that name none. The first set-up stores it, so nodes that are configured otherwise, and a later TIMEZONE, do not change when
/// anything runs.
/// </summary>
public sealed class DefaultTimeZone(MetaRepository meta, NodeOptions node)
{
    private const string Key = "timezone";

    private string? _name;

    /// <returns>An IANA name.</returns>
    public async ValueTask<string> GetAsync(CancellationToken cancellationToken) => _name ??= await meta.GetOrAddAsync(Key, node.TimeZone ?? ServersOwn(), cancellationToken);

    private static string ServersOwn() => TimeZoneInfo.TryFindSystemTimeZoneById(TimeZoneInfo.Local.Id, out var zone) ? zone.Id : "UTC";
}
