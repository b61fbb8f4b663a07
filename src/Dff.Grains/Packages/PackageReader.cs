using System.Text.Json;
using System.Text.RegularExpressions;
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

/// <summary>Functions of a package: what the server goes by when it runs them is checked as decorators are.</summary>
internal static partial class PackageFunctionReader
{
    private const int LongestTimeout = 3600;

    public static PackageFunc Read(PackageRow row, HashSet<string> publishedScripts, int index)
    {
        var scriptId = row.Text("scriptId", 128);
        if (!publishedScripts.Contains(scriptId)) throw row.Wrong("scriptId", $"the package holds no published script {scriptId}");
        var name = row.Text("name", 64);
        if (!Identifier().IsMatch(name)) throw row.Wrong("name", "a Python identifier is expected");
        if (row.OptionalText("id", 256) is { } id && id != $"{scriptId}.{name}") throw row.Wrong("id", $"{scriptId}.{name} is expected");
        var facts = new Dictionary<string, object?>
        {
            ["name"] = name,
            ["title"] = row.OptionalText("title", 256),
            ["description"] = row.OptionalText("description"),
            ["definition"] = row.OptionalText("definition") ?? name,
            ["args"] = Json(row, "argsJSON", JsonValueKind.Array, RequireTexts),
            ["kwargs"] = Json(row, "kwargsJSON", JsonValueKind.Object, RequireObjects),
            ["extraConfig"] = Json(row, "extraConfigJSON", JsonValueKind.Object, RequireExtra),
            ["category"] = row.OptionalText("category", 64) ?? "general",
            ["integration"] = row.OptionalText("integration", 64),
            ["tags"] = Json(row, "tagsJSON", JsonValueKind.Array, RequireTexts),
            ["defOrder"] = row.Number("defOrder", 0, int.MaxValue, index),
        };
        return new PackageFunc(scriptId, name, JsonSerializer.SerializeToElement(facts, PackageJson.Options));
    }

    /// <summary>A JSON value, or text that holds one.</summary>
    private static JsonElement? Json(PackageRow row, string field, JsonValueKind kind, Action<PackageRow, string, JsonElement> check)
    {
        var value = row.Element(field);
        if (value.ValueKind == JsonValueKind.String)
        {
            try
            {
                value = JsonDocument.Parse(row.OptionalText(field)!, PackageJson.Reading).RootElement;
            }
            catch (JsonException)
            {
                throw row.Wrong(field, "JSON is expected");
            }
        }

        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return null;
        if (value.ValueKind != kind) throw row.Wrong(field, $"a JSON {(kind == JsonValueKind.Array ? "array" : "object")} is expected");
        row.RequireReadable(value, field);
        check(row, field, value);
        return value;
    }

    private static void RequireTexts(PackageRow row, string field, JsonElement value)
    {
        if (value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String)) throw row.Wrong(field, "an array of texts is expected");
    }

    private static void RequireObjects(PackageRow row, string field, JsonElement value)
    {
        if (value.EnumerateObject().Any(item => item.Value.ValueKind != JsonValueKind.Object)) throw row.Wrong(field, "an object of objects is expected");
    }

    private static void RequireExtra(PackageRow row, string field, JsonElement extra)
    {
        foreach (var option in extra.EnumerateObject())
        {
            var isRight = option.Name switch
            {
                "timeout" or "apiTimeout" => IsNumber(option.Value, 1, LongestTimeout),
                "queue" => option.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null || IsNumber(option.Value, 1, 99),
                "maxAttempts" => IsNumber(option.Value, 1, 1000),
                "cacheResult" => option.Value.ValueKind is JsonValueKind.Null or JsonValueKind.False || (option.Value.ValueKind == JsonValueKind.Number && option.Value.GetDouble() is >= 0 and < 1e9),
                "fixedCrontab" => option.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null,
                "integrationConfig" => option.Value.ValueKind == JsonValueKind.Object,
                _ => true,
            };
            if (!isRight) throw row.Wrong($"{field}.{option.Name}", "this is not what @DFF.API accepts");
        }
    }

    private static bool IsNumber(JsonElement value, int low, int high) =>
        value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= low && number <= high);

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{Mn}\p{N}_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
