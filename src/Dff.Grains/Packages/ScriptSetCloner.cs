using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Abstractions.Users;

namespace Dff.Grains.Packages;

public sealed class ScriptSetCloner(StoreEditor editor) : IScriptSetCloner
{
    public async Task CloneAsync(string id, string newId, Caller caller, CancellationToken cancellationToken)
    {
        await editor.RunAsync(
            caller,
            async edit =>
            {
                var all = await editor.LockScriptsAsync(edit);
                var dump = all.Dump();
                var set = dump.ScriptSets.SingleOrDefault(set => set.Id == id) ?? throw DffException.NotFound("script set", id);
                if (all.HasSet(newId)) throw DffException.Condition("DuplicatedScriptSetID", $"There is a script set {newId} already", new { id = newId });
                await all.PutSetAsync(newId, set.Title, set.Description, set.Requirements, isPinned: false);
                foreach (var script in dump.Scripts.Where(script => ScriptIds.SetOf(script.Id) == id))
                {
                    var cloneId = newId + script.Id[id.Length..];
                    if (ScriptIds.RequireScriptId(cloneId, "newId") != newId) throw DffException.BadRequest("newId", "newId: the script set could have no scripts, because its ID ends with _");
                    // The first version of its own.
                    var target = script.Target with { Published = script.Target.Published is { } published ? published with { Version = 1 } : null };
                    await all.PutScriptAsync(cloneId, target, $"Cloned from {script.Id}");
                }
            },
            cancellationToken);
    }
}
