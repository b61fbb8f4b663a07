using Orleans.Runtime;

namespace Dff.Silo.Membership;

/// <summary>
/// The members of the cluster in Redis, and what this silo has last seen of them. A Redis that comes back without the table, or with an older one, gets back
/// what it has lost before anybody here reads it: otherwise no silo could be declared dead any more, and one that joins would found a cluster of its own.
/// </summary>
/// <param name="refreshTo">Has Orleans look at the table where it has not seen this version: who joined, or restored the table, may not have been able to tell, and by itself it looks once a minute.</param>
internal sealed partial class RememberedMembership(IMembershipTable redis, MembershipHash hash, Func<long, Task> refreshTo, ILogger<RememberedMembership> logger) : IMembershipTable
{
    /// <summary>What other silos may have seen beyond what this one has: a view takes only newer versions.</summary>
    private const long VersionsAhead = 100;

    private readonly SemaphoreSlim _repairing = new(1, 1);
    private MembershipImage _known = new(-1, []);

    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) => redis.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) => redis.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) => redis.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        await KnowAsync(cancellationToken);
        return await redis.ReadAllAsync(cancellationToken);
    }

    public async Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) =>
        await KnowAlsoAsync(await redis.InsertRowAsync(entry, tableVersion, cancellationToken), cancellationToken);

    public async Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        await KnowAlsoAsync(await redis.UpdateRowAsync(entry, etag, tableVersion, cancellationToken), cancellationToken);

    public async Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken)
    {
        var version = await KnowAsync(cancellationToken);
        await redis.UpdateIAmAliveAsync(entry, cancellationToken);
        _ = RefreshAsync(version);
    }

    Task IMembershipTable.InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    Task IMembershipTable.DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    Task IMembershipTable.CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadRow(SiloAddress key) => redis.ReadRowAsync(key, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadAll() => ReadAllAsync(CancellationToken.None);

    Task<bool> IMembershipTable.InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion, CancellationToken.None);

    Task<bool> IMembershipTable.UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    Task IMembershipTable.UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    /// <summary>What this silo has just written must not be lost with the table either.</summary>
    private async Task<bool> KnowAlsoAsync(bool isWritten, CancellationToken cancellationToken)
    {
        if (isWritten) await KnowAsync(cancellationToken);
        return isWritten;
    }

    /// <summary>Reads the table, and restores it where it is older than what is known.</summary>
    /// <returns>The version that was read.</returns>
    private async Task<long> KnowAsync(CancellationToken cancellationToken)
    {
        await _repairing.WaitAsync(cancellationToken);
        try
        {
            var found = await hash.ReadAsync(cancellationToken);
            while (found.Version < _known.Version)
            {
                if (await hash.RestoreAsync(found, _known with { Version = _known.Version + VersionsAhead }, cancellationToken)) Restored(_known.Silos.Count, found.Version, _known.Version);
                found = await hash.ReadAsync(cancellationToken);
            }

            _known = found;
            return found.Version;
        }
        finally
        {
            _repairing.Release();
        }
    }

    private async Task RefreshAsync(long version)
    {
        try
        {
            await refreshTo(version);
        }
        catch (Exception error)
        {
            NotRefreshed(error);
        }
    }

    [LoggerMessage(EventId = 170, EventName = "MembershipRestored", Level = LogLevel.Warning, Message = "Redis had lost the members of the cluster; {Count} silos were written again (version {Found} was found where {Known} was known)")]
    private partial void Restored(int count, long found, long known);

    [LoggerMessage(EventId = 171, EventName = "MembershipNotRefreshed", Level = LogLevel.Information, Message = "The members of the cluster could not be read now; they are read again in some seconds")]
    private partial void NotRefreshed(Exception error);
}
