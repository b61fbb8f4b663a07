using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Packages;
using Dff.Abstractions.Scripts;
using Dff.Grains.GrainStates;
using Dff.Grains.Packages.Files;
using Dff.Grains.Packages.Parts;
using Dff.Grains.Scripts;
using Dff.Storage.Connections;
using Dff.Storage.Packages;

namespace Dff.Grains.Packages;

/// <summary>Reads script sets as they are at one moment, and writes them as a file.</summary>
public sealed class PackageExporter(StoreDatabase database, StateStore states, IEnumerable<IPackagePart> parts, PackageHistoryRepository history, TimeProvider time) : IPackageExporter
{
    public async Task<ExportedPackage> ExportAsync(PackageSelection selection, CancellationToken cancellationToken)
    {
        var content = await ReadAsync(selection, cancellationToken);
        var now = time.GetUtcNow();
        var file = selection.IsLegacy ? PackageFile.WriteLegacy(content, selection.Password) : PackageFile.Write(content, selection.Password, now);
        // What nobody could import is not handed out.
        if (file.Length > PackageLimits.FileBytes) throw PackageLimits.TooLarge($"the package would have {file.Length} bytes, {PackageLimits.FileBytes} are accepted");
        await history.AddExportAsync(selection.Note, PackageJson.Raw(content.Summary()), cancellationToken);
        return new ExportedPackage($"dataflux-func-{now.UtcDateTime:yyyyMMdd_HHmmss}.func-pkg", file);
    }

    private async Task<PackageContent> ReadAsync(PackageSelection selection, CancellationToken cancellationToken)
    {
        var content = await database.SnapshotAsync(
            async (connection, transaction) =>
            {
                var sets = new List<PackageScriptSet>();
                var scripts = new List<PackageScript>();
                var functions = new List<PackageFunc>();
                foreach (var id in selection.ScriptSetIds.Distinct(StringComparer.Ordinal))
                {
                    ScriptIds.RequireSetId(id, "scriptSetIds");
                    var found = await states.ReadAsync<ScriptSetState>(connection, transaction, StateNames.ScriptSet, [id]);
                    if (found.GetValueOrDefault(id)?.State is not { IsBeingDeleted: false } set) throw DffException.NotFound("script set", id);
                    sets.Add(new PackageScriptSet(id, set.Title, set.Description, set.Requirements));
                    // The character after _ ends the range of all that begins with this.
                    foreach (var (scriptId, stored) in await states.ReadAsync<ScriptState>(connection, transaction, StateNames.Script, $"{id}__", $"{id}_`"))
                    {
                        if (stored.State is not { } script) continue;
                        scripts.Add(new PackageScript(scriptId, id, script.Title, script.Description, script.PublishVersion, (script.PublishVersion > 0 ? script.Code : script.CodeDraft) ?? ""));
                        functions.AddRange(FunctionsOf(scriptId, script));
                    }
                }

                return new PackageContent { Note = selection.Note, ScriptSets = sets, Scripts = scripts, Funcs = functions };
            },
            cancellationToken);
        if (selection.IsLegacy) return content;
        var rows = new Dictionary<string, IReadOnlyList<JsonElement>>();
        foreach (var part in parts)
        {
            var exported = await part.ExportAsync(selection, cancellationToken);
            if (exported.Count > 0) rows[part.Name] = [.. exported.Select(row => JsonSerializer.SerializeToElement(row, PackageJson.Options))];
        }

        return content with { Parts = rows };
    }

    private static IEnumerable<PackageFunc> FunctionsOf(string scriptId, ScriptState script) =>
        JsonDocument.Parse(script.FunctionsJson, PackageJson.Reading).RootElement.EnumerateArray().Select(facts => new PackageFunc(scriptId, facts.GetProperty("name").GetString()!, facts));
}
