using Dff.Abstractions.Errors;
using Dff.Abstractions.Packages;
using Dff.Abstractions.Users;
using Dff.Storage;
using Dff.Storage.Packages;

namespace Dff.Grains.Packages;

public sealed class RecoverPoints(StoreEditor editor, RecoverPointRepository rows) : IRecoverPoints
{
    private const string Manual = "manual";

    /// <summary>Made by the system before it changes many scripts.</summary>
    private const string Automatic = "import";

    public async Task<string> AddAsync(string note, CancellationToken cancellationToken)
    {
        var id = ShortId.New("srpt");
        await editor.RunAsync(Caller.System, async edit => await WriteAsync(edit, id, Manual, note, (await editor.LockScriptsAsync(edit)).Dump()), cancellationToken);
        return id;
    }

    public async Task<string> RecoverAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        if (await rows.FindAsync(id, cancellationToken) is null) throw DffException.NotFound("recover point", id);
        var dump = ScriptDump.Of(await rows.ReadDumpAsync(id, cancellationToken));
        var before = ShortId.New("srpt");
        await editor.RunAsync(
            caller,
            async edit =>
            {
                var scripts = await editor.LockScriptsAsync(edit);
                await WriteBeforeAsync(edit, before, $"Before the recovery of {id}", scripts);
                foreach (var set in dump.ScriptSets) await scripts.PutSetAsync(set.Id, set.Title, set.Description, set.Requirements, set.IsPinned);
                foreach (var script in dump.Scripts) await scripts.PutScriptAsync(script.Id, script.Target, $"Recovered from {id}");
                foreach (var script in scripts.ScriptIdentifiers.Except(dump.Scripts.Select(script => script.Id), StringComparer.Ordinal).ToList()) await scripts.DeleteScriptAsync(script);
                foreach (var set in scripts.SetIds.Except(dump.ScriptSets.Select(set => set.Id), StringComparer.Ordinal).ToList()) await scripts.DeleteSetAsync(set);
            },
            cancellationToken);
        return before;
    }

    /// <summary>In the transaction of a change of many scripts, before it.</summary>
    internal Task WriteBeforeAsync(StoreEdit edit, string id, string note, ScriptEdits scripts) => WriteAsync(edit, id, Automatic, note, scripts.Dump());

    private Task WriteAsync(StoreEdit edit, string id, string type, string note, ScriptDump dump) => rows.AddAsync(
        edit.Connection, edit.Transaction, new RecoverPointRow { Id = id, Type = type, Note = note, SummaryJSON = PackageJson.Raw(dump.Summary()) }, dump.ToBytes());
}
