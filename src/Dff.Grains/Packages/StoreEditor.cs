using System.Data.Common;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Users;
using Dff.Grains.AutoRun;
using Dff.Grains.GrainStates;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Packages;
using Dff.Storage.Scripts;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Packages;

/// <summary>
/// Changes many records in one transaction, states of grains among them, and has every silo see them when it returns. Whoever reads sees all of it or nothing,
/// and a crash leaves all of it or nothing.
/// </summary>
public sealed partial class StoreEditor(
    StoreDatabase database,
    ChangeLog log,
    IChangeFeed changes,
    StateStore states,
    ScriptRepository scripts,
    ScriptSetRepository sets,
    AutoRunner autoRunner,
    TimeProvider time,
    ILogger<StoreEditor> logger)
{
    /// <param name="change">May be run again after a deadlock, each time with an edit of its own.</param>
    public async Task<StoreEdit> RunAsync(Caller caller, Func<StoreEdit, Task> change, CancellationToken cancellationToken)
    {
        var (done, sequence) = await CommitAsync(caller, change, cancellationToken);
        await changes.AnnounceAsync(sequence, CancellationToken.None);
        foreach (var script in done.Scripts) await SettleAutoRunAsync(script);
        return done;
    }

    internal Task<ScriptEdits> LockScriptsAsync(StoreEdit edit) => ScriptEdits.LockAsync(edit, states, scripts, sets);

    private async Task<(StoreEdit Edit, long Sequence)> CommitAsync(Caller caller, Func<StoreEdit, Task> change, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(
                async (connection, transaction) =>
                {
                    await ImportGate.PassAsync(connection, transaction);
                    var edit = new StoreEdit(connection, transaction, caller, time.GetUtcNow());
                    await change(edit);
                    await PackageHistoryRepository.AddFollowUpsAsync(connection, transaction, edit.FollowUps);
                    return (edit, await log.AppendAsync(connection, transaction, edit.Changes));
                },
                cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            throw new DffException(ErrorReason.BizRequestConflict, "Somebody else has added one of these records at the same moment; nothing was changed, try again");
        }
    }

    /// <summary>What is not done here is found by the service that looks for it every few seconds.</summary>
    private async Task SettleAutoRunAsync(string script)
    {
        try
        {
            await autoRunner.SettleAsync(script, CancellationToken.None);
        }
        catch (Exception error)
        {
            AutoRunNotSettled(script, error);
        }
    }

    [LoggerMessage(EventId = 290, EventName = "AutoRunNotSettledAfterImport", Level = LogLevel.Warning, Message = "Script {Id}: its functions that run by themselves could not be seen to now; it is tried again in a few seconds")]
    private partial void AutoRunNotSettled(string id, Exception error);
}
