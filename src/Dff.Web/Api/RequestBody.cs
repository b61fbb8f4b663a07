using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Dff.Abstractions.Errors;
using Dff.Web.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Dff.Web.Api;

/// <summary>Reads a JSON body up to a limit; whatever cannot be JSON in UTF-8 is refused with what is wrong and where.</summary>
public static class RequestBody
{
    private const int DeepestNesting = 600;

    /// <summary>What objects of our own may put around it.</summary>
    private const int Around = 8;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = DeepestNesting };

    /// <returns>The body, or Undefined where it is empty. Valid for the whole request.</returns>
    public static async Task<JsonElement> ReadAsync(HttpContext http, int limit) => Parse(await ReadTextAsync(http, limit));

    /// <summary>A form's fields, or a JSON body. JSON that curl sends with the content type of a form is JSON all the same.</summary>
    /// <param name="fields">What is known of them; those of a form that are no text there are read as JSON text.</param>
    /// <returns>As of <see cref="ReadAsync"/>.</returns>
    public static async Task<JsonElement> ReadFieldsAsync(HttpContext http, int limit, FieldSet fields)
    {
        var text = await ReadTextAsync(http, limit);
        var isForm = http.Request.HasFormContentType && !text.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8);
        return isForm ? Typed(FormOf(text, limit), fields) : Parse(text);
    }

    /// <param name="form">Names and texts.</param>
    public static JsonElement Typed(IEnumerable<KeyValuePair<string, string>> form, FieldSet fields) => ObjectOf(form.Select(field =>
    {
        if (fields.Find(field.Key) is not { Type: not FieldType.String }) return KeyValuePair.Create(field.Key, JsonSerializer.SerializeToElement(field.Value));
        try
        {
            return KeyValuePair.Create(field.Key, ParseText(field.Value));
        }
        catch (JsonException)
        {
            throw Field.Refused(field.Key, "JSON text is expected");
        }
    }));

    /// <exception cref="JsonException">It is none, or nested deeper than a body may be.</exception>
    public static JsonElement ParseText(string text) => JsonDocument.Parse(text, Options).RootElement;

    /// <summary>As deep as a body may be, which is deeper than the serializer goes. Of fields with one name the last one counts.</summary>
    public static JsonElement ObjectOf(IEnumerable<KeyValuePair<string, JsonElement>> fields)
    {
        var byName = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in fields) byName[name] = value;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in byName)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return JsonDocument.Parse(buffer.WrittenMemory, Options with { MaxDepth = DeepestNesting + Around }).RootElement;
    }

    private static Dictionary<string, string> FormOf(byte[] text, int limit)
    {
        try
        {
            return new FormReader(Encoding.UTF8.GetString(text)) { ValueLengthLimit = limit }.ReadForm().ToDictionary(field => field.Key, field => field.Value[^1] ?? "", StringComparer.Ordinal);
        }
        catch (InvalidDataException error)
        {
            throw DffException.BadRequest("body", $"body: not a valid form: {error.Message}");
        }
    }

    private static async Task<byte[]> ReadTextAsync(HttpContext http, int limit)
    {
        if (http.Request.ContentLength > limit) throw TooLarge(limit);
        var bytes = await ReadBytesAsync(http, limit);
        return Utf8.IsValid(bytes) ? bytes : throw DffException.BadRequest("body", "body: the text is not valid UTF-8");
    }

    private static JsonElement Parse(byte[] bytes)
    {
        if (IsBlank(bytes)) return default;
        try
        {
            return JsonDocument.Parse(bytes, Options).RootElement;
        }
        catch (JsonException error)
        {
            throw DffException.BadRequest("body", $"body: not valid JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}");
        }
    }

    private static bool IsBlank(byte[] bytes) => bytes.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static async Task<byte[]> ReadBytesAsync(HttpContext http, int limit)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > limit) throw TooLarge(limit);
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static DffException TooLarge(int limit) =>
        new(ErrorReason.ClientBadRequest, $"body: at most {limit} bytes are accepted", new { field = "body", limit }) { Status = StatusCodes.Status413PayloadTooLarge };
}
