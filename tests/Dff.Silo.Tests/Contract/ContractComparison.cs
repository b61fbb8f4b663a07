using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dff.Silo.Tests.Contract;

/// <summary>
/// What a document of the API lacks of the contract, or has otherwise. More fields, more values and null where the contract has none are no difference: whoever
/// keeps to the contract does not notice. Nor are limits where the contract sets none, as long as they are wide.
/// </summary>
internal sealed partial class ContractComparison(JsonNode document)
{
    private const int WideLength = 64;

    private static readonly (string Name, string InSchema, string OfArrays)[] Limits =
        [("max-length", "maxLength", "maxItems"), ("min-length", "minLength", "minItems"), ("min", "minimum", "-"), ("max", "maximum", "-")];

    private readonly Dictionary<string, JsonNode> _operations = document["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject().Select(operation => (Name: $"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value)))
        .ToDictionary(operation => Unnamed(operation.Name), operation => operation.Value!);

    public bool Has(ContractRoute route) => _operations.ContainsKey(Unnamed(route.Name));

    /// <returns>Lines as <c>route-gaps.txt</c> has them, without reasons.</returns>
    public IEnumerable<string> Gaps(ContractRoute route)
    {
        if (!_operations.TryGetValue(Unnamed(route.Name), out var operation)) return [$"{route.Name} | route | missing"];
        var query = (operation["parameters"]?.AsArray() ?? []).Where(parameter => (string?)parameter!["in"] == "query").ToDictionary(parameter => (string)parameter!["name"]!, parameter => parameter!);
        var body = operation["requestBody"]?["content"]?.AsObject().Single().Value!["schema"];
        var ofTraits = route.TraitFields.Where(name => !query.ContainsKey(name)).Select(name => $"{route.Name} | query {name} | missing");
        return ofTraits.Concat(route.Fields.SelectMany(field =>
        {
            var (schema, isRequired) = field.Place == "query"
                ? (query.GetValueOrDefault(field.Path)?["schema"], (bool?)query.GetValueOrDefault(field.Path)?["required"] == true)
                : InBody(body, field.Path);
            var differences = schema is null ? ["missing"] : Differences(field, schema, isRequired);
            return differences.Select(difference => $"{route.Name} | {field.Place} {field.Path} | {difference}");
        })).Distinct();
    }

    private static (JsonNode? Schema, bool IsRequired) InBody(JsonNode? schema, string path)
    {
        var isRequired = false;
        foreach (var step in path.Replace("[]", ".[]", StringComparison.Ordinal).Split('.'))
        {
            (isRequired, schema) = step == "[]"
                ? (true, schema?["items"])
                : (schema?["required"]?.AsArray().Any(name => (string?)name == step) == true, schema?["properties"]?[step]);
        }

        return (schema, isRequired);
    }

    private static IEnumerable<string> Differences(ContractField field, JsonNode schema, bool isRequired)
    {
        var (type, isNullable) = TypeOf(schema);
        if (type != field.Type && (field.Type, type) is not ("string", "commaArray")) yield return $"{type} instead of {field.Type}";
        if (!field.Path.EndsWith("[]", StringComparison.Ordinal) && isRequired != field.IsRequired) yield return isRequired ? "required" : "not required";
        if (field.Limits.ContainsKey("null") && !isNullable) yield return "null is refused";
        foreach (var (name, inSchema, ofArrays) in Limits)
        {
            var limit = schema[type == "array" ? ofArrays : inSchema]?.GetValue<long>();
            var expected = field.Limits.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : (long?)null;
            if (limit != expected && !(expected is null && IsWide(name, limit!.Value, field.IsRequired))) yield return $"{name} {Shown(limit)} instead of {Shown(expected)}";
        }

        var values = schema["enum"]?.AsArray().Select(value => (string)value!).ToList();
        var missing = field.Limits.TryGetValue("one-of", out var expectedValues) ? expectedValues.Split(',').Except(values ?? []).ToList() : [];
        if (missing.Count > 0) yield return $"{string.Join(',', missing)} refused";
        if (values is not null && expectedValues is null) yield return $"nothing but {string.Join(',', values)}";
    }

    private static (string Type, bool IsNullable) TypeOf(JsonNode schema)
    {
        if (schema["type"] is not { } node) return ("json", true);
        var types = node is JsonArray several ? several.Select(type => (string)type!).ToList() : [(string)node!];
        var type = types.First(name => name != "null");
        var description = (string?)schema["description"] ?? "";
        if (type == "string" && description.StartsWith("Comma-separated", StringComparison.Ordinal)) type = "commaArray";
        if (type == "string" && description.StartsWith("JSON text", StringComparison.Ordinal)) type = "jsonstring";
        return (type, types.Contains("null"));
    }

    private static bool IsWide(string name, long limit, bool isRequired) => name switch
    {
        "max-length" => limit >= WideLength,
        "max" => limit >= int.MaxValue,
        "min-length" => limit <= (isRequired ? 1 : 0),
        "min" => limit <= 1,
        _ => false,
    };

    private static string Shown(long? limit) => limit?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static string Unnamed(string route) => Parameter().Replace(route, "{}");

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
