using System.Text.Json;
using System.Text.RegularExpressions;

namespace Dff.Grains.Packages;

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
