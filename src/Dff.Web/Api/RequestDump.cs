using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>The request as an error answer shows it: method, URL and body, with whatever could be a secret masked and long texts cut.</summary>
public static partial class RequestDump
{
    public const string Mask = "********";
    private const int LongestText = 1000;
    private const int MostElements = 50;

    public static void Write(Utf8JsonWriter json, HttpContext http)
    {
        json.WriteStartObject();
        json.WriteString("method"u8, http.Request.Method);
        json.WriteString("url"u8, MaskUrl(http.Request.Path + http.Request.QueryString));
        if (BodyOf(http) is { } body)
        {
            json.WritePropertyName("body"u8);
            WriteMaskedBody(json, http, body);
        }

        json.WriteEndObject();
    }

    public static void Keep(HttpContext http, JsonElement body) => http.Items[typeof(RequestDump)] = body;

    /// <summary>The kept body; null where none was read.</summary>
    public static JsonElement? BodyOf(HttpContext http) => http.Items.TryGetValue(typeof(RequestDump), out var kept) && kept is JsonElement body ? body : null;

    /// <summary>A value whose name is that of the record in the path, like a system config's, is as secret as that name says.</summary>
    public static void WriteMaskedBody(Utf8JsonWriter json, HttpContext http, JsonElement body) =>
        WriteMasked(json, body, depth: 0, hidesValue: (http.Request.RouteValues.TryGetValue("id", out var id) && id is string name && IsSecretName(name))
            || http.GetEndpoint()?.Metadata.GetMetadata<Contracts.ApiRoute>()?.HidesValues == true);

    public static void WriteMasked(Utf8JsonWriter json, JsonElement value) => WriteMasked(json, value, depth: 0, hidesValue: false);

    /// <summary>A query or route value. JSON in it, like kwargs in a query, is masked as in a body.</summary>
    public static void WriteMasked(Utf8JsonWriter json, string name, string? text)
    {
        json.WritePropertyName(Cut(name));
        if (text is null) json.WriteNullValue();
        else if (IsSecretName(name)) json.WriteStringValue(Mask);
        else if (!text.AsSpan().TrimStart().StartsWith("{") && !text.AsSpan().TrimStart().StartsWith("[")) json.WriteStringValue(Cut(text));
        else WriteMaskedJson(json, text);
    }

    public static string MaskUrl(string url) => SecretQuery().Replace(url, match => match.Groups[1].Value + Mask);

    public static bool IsSecretName(string name) => SecretName().IsMatch(name);

    private static void WriteMaskedJson(Utf8JsonWriter json, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            WriteMasked(json, document.RootElement);
        }
        catch (JsonException)
        {
            json.WriteStringValue(Cut(text));
        }
    }

    /// <param name="hidesValue">A field <c>value</c> is secret; so it is beside a name that says so.</param>
    private static void WriteMasked(Utf8JsonWriter json, JsonElement value, int depth, bool hidesValue)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when depth < 8:
                json.WriteStartObject();
                var isNamedSecret = hidesValue || value.EnumerateObject().Any(IsSecretsName);
                foreach (var property in value.EnumerateObject().Take(MostElements))
                {
                    var name = ReadableName(property);
                    json.WritePropertyName(Cut(name));
                    if (IsSecretName(name) || (isNamedSecret && name == "value")) json.WriteStringValue(Mask);
                    else WriteMasked(json, property.Value, depth + 1, hidesValue);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array when depth < 8:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray().Take(MostElements)) WriteMasked(json, item, depth + 1, hidesValue);
                json.WriteEndArray();
                break;
            case JsonValueKind.Object or JsonValueKind.Array:
                json.WriteStringValue("…");
                break;
            case JsonValueKind.String:
                json.WriteStringValue(Cut(ReadableText(value)));
                break;
            case JsonValueKind.Undefined:
                json.WriteNullValue();
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    private static bool IsSecretsName(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.String && ReadableName(property) is "id" or "name" or "key" && IsSecretName(ReadableText(property.Value));

    private static string Cut(string text) =>
        text.Length <= LongestText ? text : $"{text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)]}… ({text.Length} characters)";

    private static string ReadableText(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "(invalid Unicode)";
        }
    }

    private static string ReadableName(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "(invalid Unicode)";
        }
    }

    [GeneratedRegex("pass(word|wd)?|secret|token|api_?key$|captcha$|authorization|cookie|credential|cipher|valueTEXT", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    [GeneratedRegex("([?&][^=&]*(?:token|secret|password)[^=&]*=)[^&]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretQuery();
}
