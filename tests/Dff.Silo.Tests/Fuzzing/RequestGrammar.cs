using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dff.Silo.Tests.Fuzzing;

/// <summary>
/// Requests to one operation of an OpenAPI document: mostly what it takes, so that they get far, with a few things wrong. The same seed makes the same requests.
/// </summary>
/// <param name="known">Values that mean something there, by the names of fields and of what stands before an ID in a path.</param>
internal sealed partial class RequestGrammar(string method, string path, JsonNode operation, IReadOnlyDictionary<string, string[]> known, Random random)
{
    private const string Boundary = "a-boundary";

    private static readonly string[] ContentTypes =
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=" + Boundary, "application/json; charset=utf-16", "application/json;;;=", "\0", "x", ""];

    /// <summary>How likely anything is wrong, of the request at hand: some are right in all but one place, some hardly anywhere.</summary>
    private double _oddity;

    public FuzzRequest Next()
    {
        _oddity = ((double[])[0, 0.03, 0.1, 0.4])[random.Next(4)];
        var headers = new Dictionary<string, string>();
        if (Odd()) headers["X-Trace-Id"] = OddValues.InUrl(random);
        if (Odd()) headers["Accept-Language"] = new string('a', 3000);
        if (Odd()) headers["Idempotency-Key"] = OddValues.InUrl(random);
        if (Odd()) headers["X-Forwarded-For"] = "999.1.1.1, ::::";
        var url = Path() + Query();
        if (operation["requestBody"]?["content"]?.AsObject() is not { } content)
            return new FuzzRequest(method, url, method == "POST" || Odd() ? "{}"u8.ToArray() : null, "application/json", headers);
        var (type, schema) = (content.First().Key, content.First().Value!["schema"]!);
        var body = type == "multipart/form-data" ? Form(schema) : Broken(Encoding.UTF8.GetBytes(Json(schema, "", 0)));
        if (type == "multipart/form-data") type += $"; boundary={Boundary}";
        if (Odd()) headers["Content-Encoding"] = "gzip";
        return new FuzzRequest(method, url, body, Odd() ? ContentTypes[random.Next(ContentTypes.Length)] : type, headers);
    }

    private bool Odd() => random.NextDouble() < _oddity;

    private string Path() => Parameter().Replace(path, match =>
    {
        var (collection, name) = (match.Groups[1].Value, match.Groups[2].Value);
        return $"{collection}/{(Odd() ? OddValues.InUrl(random) : Uri.EscapeDataString(Known(name == "id" ? collection : name) ?? "nothing-has-this-id"))}";
    });

    private string Query()
    {
        var query = new List<string>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            if ((string?)parameter!["in"] != "query" || ((bool?)parameter["required"] != true && random.Next(4) > 0)) continue;
            var name = (string)parameter["name"]!;
            if (Odd()) query.Add($"{name}={OddValues.InUrl(random)}");
            else query.Add($"{name}={Uri.EscapeDataString(InQuery(Json(parameter["schema"]!, name, 0)))}");
            if (Odd()) query.Add(query[^1]);
        }

        if (Odd()) query.Add($"{OddValues.InUrl(random)}={OddValues.InUrl(random)}");
        return query.Count == 0 ? "" : $"?{string.Join('&', query)}";
    }

    /// <summary>The value as text: what is a string in JSON is without its quotes, and what no string could be is as it stands.</summary>
    private static string InQuery(string json)
    {
        if (!json.StartsWith('"')) return json;
        try
        {
            return JsonSerializer.Deserialize<string>(json)!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return json;
        }
    }

    private string Json(JsonNode schema, string name, int depth)
    {
        if (depth > 0 && Odd()) return OddValues.Json(random);
        if (schema["enum"] is JsonArray values) return values[random.Next(values.Count)]?.ToJsonString() ?? "null";
        var types = schema["type"] is JsonArray several ? several.Select(type => (string)type!).ToArray() : [(string?)schema["type"] ?? "any"];
        switch (types[random.Next(types.Length)])
        {
            case "null":
                return "null";
            case "boolean":
                return random.Next(2) == 0 ? "true" : "false";
            case "integer" or "number":
                var (low, high) = ((long?)schema["minimum"] ?? 0, (long?)schema["maximum"] ?? 1000);
                return random.NextInt64(low, Math.Max(low, Math.Min(high, low + 1000)) + 1).ToString(CultureInfo.InvariantCulture);
            case "string":
                return JsonSerializer.Serialize(Text(schema, name));
            case "array":
                return $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Json(schema["items"]!, name, depth + 1)))}]";
            case "object" when schema["properties"] is JsonObject properties:
                return Object(schema, properties, depth);
            default:
                return random.Next(3) == 0 ? OddValues.Json(random) : $"{{\"x\":{random.Next(9)},\"name\":\"y\"}}";
        }
    }

    private string Object(JsonNode schema, JsonObject properties, int depth)
    {
        var required = (schema["required"]?.AsArray() ?? []).Select(field => (string)field!).ToHashSet();
        var fields = new List<string>();
        foreach (var (field, value) in properties)
        {
            if (Odd() || (!required.Contains(field) && random.Next(3) > 0)) continue;
            fields.Add($"{JsonSerializer.Serialize(field)}:{Json(value!, field, depth + 1)}");
        }

        if (Odd()) fields.Add($"\"{OddValues.Text(random)}\":{OddValues.Json(random)}");
        if (Odd() && fields.Count > 0) fields.Add(fields[0]);
        return $"{{{string.Join(',', fields)}}}";
    }

    private string Text(JsonNode schema, string name)
    {
        if (Known(name) is { } value && random.Next(8) > 0) return value;
        if ((string?)schema["format"] == "date-time") return "2099-01-31T12:00:00Z";
        if (((string?)schema["description"] ?? "").StartsWith("JSON text", StringComparison.Ordinal)) return $"{{\"x\":{random.Next(5)}}}";
        var (low, high) = ((int?)schema["minLength"] ?? 0, Math.Min((int?)schema["maxLength"] ?? 40, 400));
        if (random.Next(3) == 0) return new string('x', high);
        var text = string.Create(CultureInfo.InvariantCulture, $"fuzz{random.Next(30)}").PadRight(low, 'x');
        return text.Length <= high ? text : text[..high];
    }

    private string? Known(string name) => known.TryGetValue(name, out var values) ? values[random.Next(values.Length)] : null;

    /// <summary>Sometimes JSON that is none.</summary>
    private byte[] Broken(byte[] json)
    {
        if (!Odd()) return json;
        switch (random.Next(9))
        {
            case 0:
                return [];
            case 1:
                return json[..random.Next(json.Length + 1)];
            case 2:
                return Encoding.UTF8.GetBytes(new string('[', 100_000));
            case 3:
                return [0xEF, 0xBB, 0xBF, .. json];
            case 4:
                return [.. json, .. ",}"u8];
            case 5:
                return Encoding.UTF8.GetBytes(OddValues.Json(random));
            case 6:
                return Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(json));
            case 7:
                return [.. "/* */"u8, .. json];
            default:
                for (var flips = random.Next(1, 8); flips > 0 && json.Length > 0; flips--) json[random.Next(json.Length)] = (byte)random.Next(256);
                return json;
        }
    }

    private byte[] Form(JsonNode schema)
    {
        var body = new List<byte>();
        foreach (var (field, value) in schema["properties"]!.AsObject())
        {
            var isFile = (string?)value!["format"] == "binary";
            if (Odd() || (!isFile && random.Next(2) == 0)) continue;
            body.AddRange(Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{(Odd() ? "\u0000ü" : field)}\"{(isFile ? "; filename=\"../a\"" : "")}\r\n\r\n"));
            if (isFile) body.AddRange(File());
            else body.AddRange(Encoding.UTF8.GetBytes(field == "checkOnly" ? "true" : InQuery(Json(value, field, 1))));
            body.AddRange("\r\n"u8);
        }

        if (!Odd()) body.AddRange(Encoding.UTF8.GetBytes($"--{Boundary}--\r\n"));
        return Broken([.. body]);
    }

    /// <summary>A package of random rows, or anything.</summary>
    private byte[] File()
    {
        if (Odd())
        {
            var noise = new byte[random.Next(2000)];
            random.NextBytes(noise);
            return noise;
        }

        string Value(string right) => random.Next(5) == 0 ? OddValues.Json(random) : right;
        var manifest =
            $$"""
            {"format":"dff-package","version":{{Value("1")}},"note":{{Value("\"N\"")}},"scriptSets":[{"id":{{Value("\"fuzzed\"")}},"title":{{Value("null")}} }],
            "scripts":[{"id":{{Value("\"fuzzed__a\"")}},"publishVersion":{{Value("1")}},"type":"python"}],"funcs":[{"id":"fuzzed__a.f","scriptId":"fuzzed__a","name":{{Value("\"f\"")}},"argsJSON":{{Value("[\"x\"]")}},
            "kwargsJSON":{{Value("{\"x\":{}}")}},"extraConfigJSON":{{Value("{}")}},"tagsJSON":{{Value("[]")}},"category":{{Value("\"general\"")}} }],
            "parts":{"envVariables":[{"id":"fuzzed","valueTEXT":{{Value("\"1\"")}} }],"dataSources":[{"id":{{Value("\"fuzzed\"")}},"type":{{Value("\"mysql\"")}},"configJSON":{{Value("{\"host\":\"127.0.0.1\"}")}},
            "secretFieldsJSON":{{Value("[\"password\"]")}} }],"authLinks":[{"id":"fuzzed","funcId":"fuzzed__a.f","funcCallKwargsJSON":{{Value("{\"x\":1}")}},"throttlingJSON":{{Value("null")}} }]} }
            """;
        return Dff.Testing.LegacyPackage.Zip(("manifest.json", manifest), ("scripts/fuzzed__a.py", "def f(x):\n    return x\n"));
    }

    [GeneratedRegex(@"([\w-]+)/\{(\w+)\}")]
    private static partial Regex Parameter();
}
