using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dff.Silo.Tests;

/// <summary>Compares JSON with a schema of an OpenAPI document; stricter than JSON Schema: a property that is not described is a fault.</summary>
internal sealed class SchemaCheck(JsonNode document)
{
    public JsonNode Document => document;

    /// <returns>What differs, by its place; empty where nothing does.</returns>
    public IEnumerable<string> Faults(JsonNode? value, JsonNode schema, string place = "")
    {
        if (schema["$ref"] is { } reference) return Faults(value, Target((string)reference!), place);
        if (schema["oneOf"] is JsonArray choices)
            return choices.Any(choice => !Faults(value, choice!, place).Any()) ? [] : [$"{place}: fits none of {choices.ToJsonString()}"];
        if (schema["enum"] is JsonArray values && !values.Any(known => JsonNode.DeepEquals(known, value))) return [$"{place}: {Shown(value)} is none of {values.ToJsonString()}"];
        if (schema["type"] is { } type && !Types(type).Any(name => Fits(value, name))) return [$"{place}: {Shown(value)} is not {type.ToJsonString()}"];
        if ((string?)schema["format"] == "date-time" && value is not null && !DateTimeOffset.TryParse((string?)value, CultureInfo.InvariantCulture, out _))
            return [$"{place}: {Shown(value)} is not a time"];
        return value switch
        {
            JsonObject fields when schema["properties"] is JsonObject properties => FaultsOfFields(fields, properties, schema["required"] as JsonArray ?? [], place),
            JsonArray items when schema["items"] is { } item => items.SelectMany((element, index) => Faults(element, item, $"{place}[{index}]")),
            _ => [],
        };
    }

    /// <summary>True: the schema says nothing of the value.</summary>
    public static bool IsAny(JsonNode schema) => schema is JsonObject { Count: 0 };

    private IEnumerable<string> FaultsOfFields(JsonObject fields, JsonObject properties, JsonArray required, string place)
    {
        foreach (var name in required.Select(name => (string)name!).Where(name => !fields.ContainsKey(name))) yield return $"{place}.{name}: is documented as always there";
        foreach (var (name, value) in fields)
        {
            if (properties[name] is not { } schema) yield return $"{place}.{name}: is not documented";
            else
            {
                foreach (var fault in Faults(value, schema, $"{place}.{name}")) yield return fault;
            }
        }
    }

    private JsonNode Target(string reference) => reference.TrimStart('#', '/').Split('/').Aggregate(document, (node, name) => node[name] ?? throw new InvalidOperationException($"{reference} leads nowhere"));

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray names ? names.Select(name => (string)name!) : [(string)type!];

    private static bool Fits(JsonNode? value, string type) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("number", JsonValueKind.Number) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) => true,
        ("integer", JsonValueKind.Number) => long.TryParse(value!.ToJsonString(), CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    private static string Shown(JsonNode? value) => value?.ToJsonString() ?? "null";
}
