using System.Text.Json;
using Dff.Abstractions.Scripts;

namespace Dff.Grains.Packages;

/// <summary>Checks what a package says: IDs and what belongs to what. Anybody may have written it.</summary>
internal static class PackageReader
{
    private const int MostSets = 1_000;
    private const int MostScripts = 10_000;
    private const int MostFunctions = 100_000;
    private const int LongestCode = 16 * 1024 * 1024;
    private const int HighestVersion = 1_000_000_000;

    /// <param name="codeOf">Code by the script's ID; null: it stands in the rows.</param>
    public static PackageContent Read(JsonElement root, Func<string, string?>? codeOf)
    {
        var head = new PackageRow(root, "package");
        var sets = Rows(root, "scriptSets", MostSets).Select(SetOf).ToList();
        RequireDistinct(sets.Select(set => set.Id), "scriptSets");
        var setIds = sets.Select(set => set.Id).ToHashSet(StringComparer.Ordinal);
        var scripts = Rows(root, "scripts", MostScripts).Select(row => ScriptOf(row, setIds, codeOf)).ToList();
        RequireDistinct(scripts.Select(script => script.Id), "scripts");
        var published = scripts.Where(script => script.PublishVersion > 0).Select(script => script.Id).ToHashSet(StringComparer.Ordinal);
        var functions = Rows(root, "funcs", MostFunctions).Select((row, index) => PackageFunctionReader.Read(row, published, index)).ToList();
        RequireDistinct(functions.Select(function => $"{function.ScriptId}.{function.Name}"), "funcs");
        return new PackageContent { Note = head.OptionalText("note"), ScriptSets = sets, Scripts = scripts, Funcs = functions, Parts = Parts(root) };
    }

    private static PackageScriptSet SetOf(PackageRow row)
    {
        var id = row.Text("id", 64);
        row.Naming("id", () => ScriptIds.RequireSetId(id, "id"));
        return new PackageScriptSet(id, row.OptionalText("title", 256), row.OptionalText("description"), row.OptionalText("requirements"));
    }

    private static PackageScript ScriptOf(PackageRow row, HashSet<string> setIds, Func<string, string?>? codeOf)
    {
        var id = row.Text("id", 128);
        var set = row.Naming("id", () => ScriptIds.RequireScriptId(id, "id"));
        if (!setIds.Contains(set)) throw row.Wrong("id", $"the package holds no script set {set}");
        if (row.OptionalText("scriptSetId", 64) is { } given && given != set) throw row.Wrong("scriptSetId", $"{set} is expected, as in the ID");
        row.OneOf("type", "python", "python");
        var version = row.Number("publishVersion", 0, HighestVersion, 0);
        var code = codeOf is null ? row.OptionalText("code", LongestCode) : codeOf(id);
        if (code is null && version > 0) throw row.Wrong(codeOf is null ? "code" : "id", "the code of this script is missing");
        if (code?.Contains('\0') == true) throw row.Wrong("id", "the code of this script holds the character NUL");
        return new PackageScript(id, set, row.OptionalText("title", 256), row.OptionalText("description"), version, code);
    }

    private static Dictionary<string, IReadOnlyList<JsonElement>> Parts(JsonElement root)
    {
        if (!root.TryGetProperty("parts", out var parts) || parts.ValueKind == JsonValueKind.Null) return [];
        if (parts.ValueKind != JsonValueKind.Object) throw PackageRow.Refused("parts", "an object is expected");
        var rows = new Dictionary<string, IReadOnlyList<JsonElement>>(StringComparer.Ordinal);
        foreach (var part in parts.EnumerateObject())
        {
            if (part.Value.ValueKind != JsonValueKind.Array) throw PackageRow.Refused("parts", "arrays are expected in it");
            if (part.Value.GetArrayLength() > MostScripts) throw PackageRow.Refused("parts", $"at most {MostScripts} rows are accepted in each");
            if (!rows.TryAdd(part.Name, [.. part.Value.EnumerateArray()])) throw PackageRow.Refused("parts", "a part is there twice");
        }

        return rows;
    }

    private static List<PackageRow> Rows(JsonElement root, string field, int most)
    {
        if (!root.TryGetProperty(field, out var rows)) return [];
        if (rows.ValueKind == JsonValueKind.Array && rows.GetArrayLength() > most) throw PackageRow.Refused(field, $"at most {most} are accepted");
        return [.. PackageRow.Of(rows, field)];
    }

    private static void RequireDistinct(IEnumerable<string> ids, string field)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            if (!seen.Add(id)) throw PackageRow.Refused(field, $"{id} is there twice");
        }
    }
}
