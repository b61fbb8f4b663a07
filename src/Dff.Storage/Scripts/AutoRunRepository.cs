using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.Scripts;

/// <summary>A script whose functions that run by themselves are to be seen to.</summary>
public sealed record AutoRunPending
{
    public string ScriptId { get; init; } = "";

    /// <summary>0: the script was deleted.</summary>
    public int PublishVersion { get; init; }

    public DateTimeOffset CreateTime { get; init; }
}

/// <summary>A start of the cluster as a whole.</summary>
public sealed record ClusterLaunch
{
    public string LaunchId { get; init; } = "";

    /// <summary>The nodes that have been part of it, separated by spaces.</summary>
    public string Silos { get; init; } = "";

    /// <summary>The functions that run at a start have been queued.</summary>
    public bool IsDone { get; init; }
}

/// <summary>What is still to be done for functions with <c>integration='autoRun'</c>. That a script has changed is noted in the transaction of the change, so that a crash forgets nothing.</summary>
public sealed class AutoRunRepository(StoreDatabase database)
{
    public const string Integration = "autoRun";

    /// <summary>All functions that run by themselves.</summary>
    public Task<IReadOnlyList<string>> GetFunctionIdsAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<string>("SELECT id FROM func WHERE integration = @Integration ORDER BY seq", new { Integration }, cancellationToken);

    public Task<IReadOnlyList<string>> GetFunctionIdsAsync(string scriptId, CancellationToken cancellationToken) =>
        database.QueryAsync<string>("SELECT id FROM func WHERE scriptId = @scriptId AND integration = @Integration ORDER BY defOrder", new { scriptId, Integration }, cancellationToken);

    public Task<IReadOnlyList<AutoRunPending>> GetPendingAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<AutoRunPending>("SELECT scriptId, publishVersion, createTime FROM auto_run_pending", null, cancellationToken);

    public Task<AutoRunPending?> FindPendingAsync(string scriptId, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<AutoRunPending>("SELECT scriptId, publishVersion, createTime FROM auto_run_pending WHERE scriptId = @scriptId", new { scriptId }, cancellationToken);

    /// <summary>It has been seen to; a later change of the script stays noted.</summary>
    public Task SettleAsync(AutoRunPending pending, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync(
            "DELETE FROM auto_run_pending WHERE scriptId = @ScriptId AND publishVersion = @PublishVersion AND createTime = @CreateTime", pending, transaction),
        cancellationToken);

    public Task<ClusterLaunch?> FindLaunchAsync(CancellationToken cancellationToken) =>
        database.QueryFirstAsync<ClusterLaunch>("SELECT launchId, silos, isDone FROM cluster_launch WHERE id = 1", null, cancellationToken);

    /// <summary>Writes the launch unless it is not any more what it was when it was read.</summary>
    /// <param name="seen">Null: there was none.</param>
    /// <returns>False: it has changed meanwhile, and nothing was written.</returns>
    public async Task<bool> WriteLaunchAsync(ClusterLaunch? seen, ClusterLaunch launch, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(
                async (connection, transaction) => await connection.ExecuteAsync(
                    seen is null
                        ? "INSERT INTO cluster_launch (id, launchId, silos, isDone) VALUES (1, @LaunchId, @Silos, @IsDone)"
                        : "UPDATE cluster_launch SET launchId = @LaunchId, silos = @Silos, isDone = @IsDone WHERE id = 1 AND launchId = @seenId AND silos = @seenSilos AND isDone = @seenDone",
                    new { launch.LaunchId, launch.Silos, launch.IsDone, seenId = seen?.LaunchId, seenSilos = seen?.Silos, seenDone = seen?.IsDone },
                    transaction) == 1,
                cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            return false;
        }
    }

    /// <summary>Notes, in the transaction of a change of the script, that its functions that run by themselves are to be seen to, where it has or had any.</summary>
    /// <param name="hasAny">Whether it has any after the change.</param>
    internal static async Task NoteAsync(DbConnection connection, DbTransaction transaction, string scriptId, int publishVersion, bool hasAny, DateTimeOffset now)
    {
        if (!hasAny && await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM func WHERE scriptId = @scriptId AND integration = @Integration", new { scriptId, Integration }, transaction) == 0) return;
        await connection.ExecuteAsync("DELETE FROM auto_run_pending WHERE scriptId = @scriptId", new { scriptId }, transaction);
        await connection.ExecuteAsync("INSERT INTO auto_run_pending (scriptId, publishVersion, createTime) VALUES (@scriptId, @publishVersion, @now)", new { scriptId, publishVersion, now }, transaction);
    }
}
