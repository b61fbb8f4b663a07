using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Scripts;
using Dff.Storage;

namespace Dff.Grains.Packages;

/// <summary>The rows of a package as JSON: names and shapes as in the API.</summary>
internal static class PackageJson
{
    /// <summary>As deep as the API takes kwargs, and the rows around them.</summary>
    public const int DeepestNesting = 620;

    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = DeepestNesting };

    public static JsonDocumentOptions Reading { get; } = new() { MaxDepth = DeepestNesting };

    /// <summary>A function as <c>funcs/do/list</c> has it.</summary>
    public static JsonObject Of(PackageFunc function) => new()
    {
        ["id"] = $"{function.ScriptId}.{function.Name}",
        ["scriptSetId"] = ScriptIds.SetOf(function.ScriptId),
        ["scriptId"] = function.ScriptId,
        ["name"] = function.Name,
        ["title"] = Of(function.Facts, "title"),
        ["description"] = Of(function.Facts, "description"),
        ["definition"] = Of(function.Facts, "definition"),
        ["argsJSON"] = Of(function.Facts, "args"),
        ["kwargsJSON"] = Of(function.Facts, "kwargs"),
        ["extraConfigJSON"] = Of(function.Facts, "extraConfig"),
        ["category"] = Of(function.Facts, "category"),
        ["integration"] = Of(function.Facts, "integration"),
        ["tagsJSON"] = Of(function.Facts, "tags"),
        ["defOrder"] = Of(function.Facts, "defOrder"),
    };

    public static JsonNode? Of(RawJson? json) => json is { } text ? JsonNode.Parse(text.Text, documentOptions: Reading) : null;

    private static JsonNode? Of(JsonElement facts, string field) => facts.TryGetProperty(field, out var value) ? Node(value) : null;

    public static JsonNode? Node(JsonElement value) => JsonNode.Parse(value.GetRawText(), documentOptions: Reading);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture);

    public static RawJson Raw<T>(T value) => new(JsonSerializer.Serialize(value, Camel));

    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
