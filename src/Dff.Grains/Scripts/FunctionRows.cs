using System.Text.Json;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.Scripts;

namespace Dff.Grains.Scripts;

/// <summary>The exported functions of a script, from the facts that its publish check answered.</summary>
internal static class FunctionRows
{
    public static IReadOnlyList<FuncProjection> Parse(string scriptId, string functionsJson)
    {
        using var document = JsonDocument.Parse(functionsJson, new JsonDocumentOptions { MaxDepth = 1000 });
        var scriptSetId = ScriptIds.SetOf(scriptId);
        var rows = new List<FuncProjection>();
        foreach (var function in document.RootElement.EnumerateArray())
        {
            var name = function.GetProperty("name").GetString()!;
            rows.Add(new FuncProjection
            {
                Id = $"{scriptId}.{name}",
                ScriptSetId = scriptSetId,
                ScriptId = scriptId,
                Name = name,
                Title = Text(function, "title"),
                Description = Text(function, "description"),
                Definition = Text(function, "definition") ?? name,
                ArgsJSON = Json(function, "args"),
                KwargsJSON = Json(function, "kwargs"),
                ExtraConfigJSON = Json(function, "extraConfig"),
                Category = Text(function, "category") ?? "general",
                Integration = Text(function, "integration"),
                TagsJSON = Json(function, "tags"),
                DefOrder = function.TryGetProperty("defOrder", out var order) && order.TryGetInt32(out var number) ? number : rows.Count,
            });
        }

        return rows;
    }

    /// <summary>Whether both say the same of the same functions.</summary>
    public static bool AreSame(string scriptId, string functionsJson, string others) => Canonical(scriptId, functionsJson) == Canonical(scriptId, others);

    private static string Canonical(string scriptId, string functionsJson) => CanonicalJson.Of(JsonSerializer.SerializeToUtf8Bytes(Parse(scriptId, functionsJson)));

    private static string? Text(JsonElement function, string field) =>
        function.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static RawJson? Json(JsonElement function, string field) =>
        function.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? new RawJson(value.GetRawText()) : null;
}
