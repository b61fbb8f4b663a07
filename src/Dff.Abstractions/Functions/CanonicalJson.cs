using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Dff.Abstractions.Functions;

/// <summary>Writes JSON so that the order of an object's fields, and blanks, make no difference.</summary>
public static class CanonicalJson
{
    public static string Of(byte[] value)
    {
        using var document = JsonDocument.Parse(value, new JsonDocumentOptions { MaxDepth = 600 });
        var buffer = new ArrayBufferWriter<byte>(value.Length);
        using (var json = new Utf8JsonWriter(buffer)) Write(json, document.RootElement);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(json, item);
                json.WriteEndArray();
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }
}
