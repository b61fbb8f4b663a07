using System.Buffers;
using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;

namespace Dff.Abstractions.Functions;

/// <summary>
/// The arguments that an auth link or a batch has fixed, and those that it leaves to the caller: <c>"FROM_PARAMETER"</c> or <c>"INPUT_BY_CALLER"</c> in place
/// of a value; under the name <c>**kwargs</c> it lets any further argument through.
/// </summary>
public sealed class FixedKwargs
{
    private const string Further = "**kwargs";

    /// <summary>As deep as requests may be.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000 };

    // Argument name → UTF-8 JSON value; null: the caller gives it.
    private readonly Dictionary<string, byte[]?> _values = new(StringComparer.Ordinal);
    private readonly bool _takesFurther;

    /// <param name="json">JSON object.</param>
    public FixedKwargs(string json)
    {
        using var kwargs = JsonDocument.Parse(json, Deep);
        foreach (var argument in kwargs.RootElement.EnumerateObject())
        {
            var isPlaceholder = argument.Value.ValueKind == JsonValueKind.String && argument.Value.GetString() is "FROM_PARAMETER" or "INPUT_BY_CALLER";
            if (argument.Name == Further && isPlaceholder) _takesFurther = true;
            else _values[argument.Name] = isPlaceholder ? null : Encoding.UTF8.GetBytes(argument.Value.GetRawText());
        }
    }

    /// <summary>Whether this argument is fixed or left to the caller by its name.</summary>
    public bool Names(string argument) => _values.ContainsKey(argument);

    /// <summary>Whether the caller may give this argument.</summary>
    public bool Takes(string argument) => _values.TryGetValue(argument, out var value) ? value is null : _takesFurther;

    /// <summary>The fixed arguments with those that the caller may give.</summary>
    /// <param name="given">An object, or nothing.</param>
    /// <param name="owner">What has fixed them, for messages: <c>auth link</c> or <c>batch</c>.</param>
    /// <returns>UTF-8 JSON object.</returns>
    /// <exception cref="DffException">EClientBadRequest: the caller may not give an argument, or not this value.</exception>
    public byte[] Merge(JsonElement given, string owner, string funcId)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in _values)
            {
                if (value is null) continue;
                json.WritePropertyName(name);
                json.WriteRawValue(value, skipInputValidation: true);
            }

            if (given.ValueKind == JsonValueKind.Object)
            {
                foreach (var argument in given.EnumerateObject())
                {
                    if (IsFixedAlike(argument, owner, funcId)) continue;
                    json.WritePropertyName(argument.Name);
                    argument.Value.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <returns>True: it is fixed at this very value, so it is written already.</returns>
    private bool IsFixedAlike(JsonProperty argument, string owner, string funcId)
    {
        var isNamed = _values.TryGetValue(argument.Name, out var value);
        if (isNamed && value is null) return false;
        if (!isNamed && _takesFurther) return false;
        if (isNamed)
        {
            using var document = JsonDocument.Parse(value, Deep);
            if (JsonElement.DeepEquals(document.RootElement, argument.Value)) return true;
        }

        throw new DffException(
            ErrorReason.ClientBadRequest,
            isNamed ? $"kwargs.{argument.Name}: the {owner} has fixed this argument" : $"kwargs.{argument.Name}: the {owner} does not take this argument",
            new { field = $"kwargs.{argument.Name}", kwargsField = argument.Name, kwargsValue = argument.Value, funcId });
    }
}
