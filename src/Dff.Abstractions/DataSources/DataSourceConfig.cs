using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dff.Abstractions.DataSources;

/// <summary>How a data source is reached, in two parts: what may be shown, and what is kept sealed and never leaves the server.</summary>
public sealed class DataSourceConfig
{
    private static readonly HashSet<string> SecretNames = new(StringComparer.Ordinal) { "password", "secretKey", "token", "guanceAPIKey" };
    private static readonly JsonSerializerOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SortedDictionary<string, JsonNode> _shown = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, JsonNode> _secrets = new(StringComparer.Ordinal);

    public static DataSourceConfig Empty { get; } = new();

    /// <summary>The fields that say which server the secrets are given to.</summary>
    public static IReadOnlyList<string> PlaceFields { get; } = ["host", "port", "servers", "protocol", "guanceNode", "guanceOpenAPIURL", "guanceWebSocketURL", "guanceOpenWayURL"];

    public static bool IsSecret(string field) => SecretNames.Contains(field);

    public IReadOnlyCollection<string> SecretFields => _secrets.Keys;

    public bool HasSecrets => _secrets.Count > 0;

    public string ShownJson => Json(_shown);

    public string SecretsJson => Json(_secrets);

    /// <param name="shownJson">JSON object.</param>
    /// <param name="secretsJson">JSON object; null: none.</param>
    public static DataSourceConfig Parse(string shownJson, string? secretsJson)
    {
        var config = new DataSourceConfig();
        foreach (var part in (string?[])[shownJson, secretsJson])
        {
            if (part is null) continue;
            using var document = JsonDocument.Parse(part);
            config.Put(document.RootElement);
        }

        return config;
    }

    /// <summary>This with the fields that are given. null removes a field; an empty secret keeps the one there is, because nobody can send back what is never answered.</summary>
    /// <param name="given">JSON object.</param>
    /// <param name="path">Where it stands in the request.</param>
    /// <exception cref="Errors.DffException">EClientBadRequest.InvalidDataSourceConfigJSON: a field is nested too deep.</exception>
    public DataSourceConfig With(JsonElement given, string path = "configJSON")
    {
        DataSourceConfigCheck.RequireFlat(given, path);
        var changed = new DataSourceConfig();
        foreach (var (name, value) in _shown) changed._shown[name] = value;
        foreach (var (name, value) in _secrets) changed._secrets[name] = value;
        changed.Put(given);
        return changed;
    }

    /// <summary>All of it, secrets included: for the worker that connects, and for nobody else.</summary>
    public JsonObject ToJson()
    {
        var all = new JsonObject();
        foreach (var (name, value) in _shown.Concat(_secrets)) all[name] = value.DeepClone();
        return all;
    }

    public IEnumerable<KeyValuePair<string, JsonNode>> Fields => _shown.Concat(_secrets);

    public string? TextOf(string name) => _shown.TryGetValue(name, out var value) && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private void Put(JsonElement given)
    {
        foreach (var field in given.EnumerateObject())
        {
            var isSecret = SecretNames.Contains(field.Name);
            if (isSecret && field.Value.ValueKind == JsonValueKind.String && field.Value.GetString()!.Length == 0) continue;
            var part = isSecret ? _secrets : _shown;
            if (field.Value.ValueKind == JsonValueKind.Null) part.Remove(field.Name);
            else part[field.Name] = JsonNode.Parse(field.Value.GetRawText())!;
        }
    }

    private static string Json(SortedDictionary<string, JsonNode> fields)
    {
        var json = new JsonObject();
        foreach (var (name, value) in fields) json[name] = value.DeepClone();
        return json.ToJsonString(Plainly);
    }
}
