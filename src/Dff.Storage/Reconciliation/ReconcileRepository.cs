using Dff.Storage.Connections;

namespace Dff.Storage.Reconciliation;

/// <param name="Kind">Name of the grain state: <c>script-set</c>, <c>script</c>, <c>auth-link</c>, <c>batch</c> or <c>crontab-config</c>.</param>
public sealed record BehindProjection(string Kind, string Key);

/// <summary>Finds rows that are behind the state of their grain: never written, written by an older state, or left over after the state was cleared.</summary>
public sealed class ReconcileRepository(StoreDatabase database)
{
    private static readonly IReadOnlyList<(string Kind, string Table)> Projections =
        [("script-set", "script_set"), ("script", "script"), ("auth-link", "auth_link"), ("batch", "batch"), ("crontab-config", "crontab_config")];

    public async Task<IReadOnlyList<BehindProjection>> FindBehindAsync(CancellationToken cancellationToken)
    {
        var behind = new List<BehindProjection>();
        foreach (var (kind, table) in Projections)
        {
            var keys = await database.QueryAsync<string>(
                $"""
                SELECT o.GrainIdExtensionString FROM OrleansStorage o LEFT JOIN {table} p ON p.id = o.GrainIdExtensionString
                WHERE o.ServiceId = 'dff' AND o.GrainTypeString = @kind
                  AND ((o.PayloadBinary IS NOT NULL AND (p.id IS NULL OR p.grainVersion < o.Version)) OR (o.PayloadBinary IS NULL AND p.id IS NOT NULL))
                """,
                new { kind },
                cancellationToken);
            behind.AddRange(keys.Select(key => new BehindProjection(kind, key)));
        }

        return behind;
    }
}
