using System.Globalization;
using System.Text.Json;
using Dff.Abstractions.Errors;

namespace Dff.Web.Contracts;

public enum FieldType
{
    String,
    Integer,
    Number,
    Boolean,

    /// <summary>Any JSON value.</summary>
    Json,
    Object,
    Array,

    /// <summary>A comma-separated list in one query value.</summary>
    CommaArray,

    /// <summary>JSON text in one query value.</summary>
    JsonString,

    /// <summary>A moment in ISO 8601; without an offset it is UTC.</summary>
    Time,
}

/// <summary>One field of a request: what it takes. The same description checks requests and makes the OpenAPI document.</summary>
public sealed record Field(string Name, FieldType Type)
{
    public bool IsRequired { get; init; }

    public bool IsNullable { get; init; }

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    public long? Minimum { get; init; }

    public long? Maximum { get; init; }

    public IReadOnlyList<string>? OneOf { get; init; }

    /// <summary>Fields of an object; null: any.</summary>
    public FieldSet? Fields { get; init; }

    /// <summary>What an array holds; null: anything.</summary>
    public Field? Items { get; init; }

    public string? Description { get; init; }

    public static Field String(string name, int? max = null, int? min = null) => new(name, FieldType.String) { MaxLength = max, MinLength = min };

    public static Field Enum(string name, params string[] values) => new(name, FieldType.String) { OneOf = values };

    public static Field Integer(string name, long? min = null, long? max = null) => new(name, FieldType.Integer) { Minimum = min, Maximum = max };

    public static Field Number(string name) => new(name, FieldType.Number);

    public static Field Boolean(string name) => new(name, FieldType.Boolean);

    public static Field Json(string name) => new(name, FieldType.Json);

    public static Field CommaArray(string name) => new(name, FieldType.CommaArray);

    public static Field JsonString(string name) => new(name, FieldType.JsonString);

    public static Field Time(string name) => new(name, FieldType.Time);

    public static Field Object(string name, params Field[] fields) =>
        new(name, FieldType.Object) { Fields = fields.Length == 0 ? null : new FieldSet(fields) };

    public static Field Array(string name, Field? items = null) => new(name, FieldType.Array) { Items = items };

    public Field Required() => this with { IsRequired = true };

    public Field OrNull() => this with { IsNullable = true };

    public Field Saying(string description) => this with { Description = description };

    /// <exception cref="DffException">EClientBadRequest that names <paramref name="path"/>.</exception>
    public void Check(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!IsNullable && Type != FieldType.Json) throw Refused(path, "null is not accepted");
            return;
        }

        switch (Type)
        {
            case FieldType.String:
                if (value.ValueKind != JsonValueKind.String) throw Refused(path, "a string is expected");
                CheckText(StringOf(value, path), path);
                break;
            case FieldType.Time:
                if (value.ValueKind != JsonValueKind.String) throw Refused(path, "a time is expected, as text");
                ReadTime(StringOf(value, path), path);
                break;
            case FieldType.Integer:
                if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var integer)) throw Refused(path, "a whole number is expected");
                CheckRange(integer, path);
                break;
            case FieldType.Number:
                if (value.ValueKind != JsonValueKind.Number) throw Refused(path, "a number is expected");
                break;
            case FieldType.Boolean:
                if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) throw Refused(path, "true or false is expected");
                break;
            case FieldType.Object:
                if (value.ValueKind != JsonValueKind.Object) throw Refused(path, "an object is expected");
                if (Fields is null) RequireReadable(value, path);
                else Fields.Check(value, path);
                break;
            case FieldType.Array:
                if (value.ValueKind != JsonValueKind.Array) throw Refused(path, "an array is expected");
                var count = value.GetArrayLength();
                if (count < MinLength) throw Refused(path, $"at least {MinLength} items are expected");
                if (count > MaxLength) throw Refused(path, $"at most {MaxLength} items are accepted, not {count}");
                var index = 0;
                foreach (var item in value.EnumerateArray()) Items?.Check(item, $"{path}[{index++}]");
                break;
            default:
                RequireReadable(value, path);
                break;
        }
    }

    /// <summary>Reads a query value into the JSON that a body would have held.</summary>
    public void CheckText(string text, string path)
    {
        if (text.Contains('\0')) throw Refused(path, "the character NUL is not accepted");
        if (MinLength is { } min && text.Length < min) throw Refused(path, $"at least {min} characters are expected");
        if (MaxLength is { } max && text.Length > max) throw Refused(path, $"at most {max} characters are accepted, not {text.Length}");
        if (OneOf is not null && !OneOf.Contains(text)) throw Refused(path, $"one of {string.Join(", ", OneOf)} is expected");
    }

    public void CheckRange(long value, string path)
    {
        if (value < (Minimum ?? long.MinValue) || value > (Maximum ?? long.MaxValue))
            throw Refused(path, Maximum is null ? $"at least {Minimum} is expected" : $"{Minimum} to {Maximum} is expected");
    }

    public static DateTimeOffset ReadTime(string text, string path) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year is >= 1970 and < 9999
            ? time.ToUniversalTime()
            : throw Refused(path, "a time like 2030-01-31T12:00:00Z is expected");

    /// <summary>A flag of a query or a form, in any case: Python writes True. The empty text is false.</summary>
    public static bool ReadFlag(string text, string path) => text.ToLowerInvariant() switch
    {
        "true" or "1" => true,
        "false" or "0" or "" => false,
        _ => throw Refused(path, "true or false is expected"),
    };

    public static DffException Refused(string path, string what) => DffException.BadRequest(path, $"{path}: {what}");

    /// <summary>Text of a JSON string, which may hold half of a surrogate pair by an escape.</summary>
    public static string StringOf(JsonElement value, string path)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refused(path, "the text is not valid Unicode");
        }
    }

    /// <summary>Free JSON is passed on as it is, but not what nobody could read.</summary>
    private static void RequireReadable(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                StringOf(value, path);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) RequireReadable(item, path);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    try
                    {
                        _ = property.Name;
                    }
                    catch (InvalidOperationException)
                    {
                        throw Refused(path, "a name in it is not valid Unicode");
                    }

                    RequireReadable(property.Value, path);
                }

                break;
        }
    }
}
