using System.Text.Json;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;

namespace Dff.Grains.Packages;

/// <summary>Reads the fields of a row of a package, of which nothing is believed; errors name the row and the field.</summary>
public readonly struct PackageRow(JsonElement row, string path)
{
    private const int LongText = 65535;

    public string Path => path;

    public static IEnumerable<PackageRow> Of(JsonElement rows, string path)
    {
        if (rows.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) yield break;
        if (rows.ValueKind != JsonValueKind.Array) throw Refused(path, "an array is expected");
        var index = 0;
        foreach (var row in rows.EnumerateArray()) yield return Of(row, path, index++);
    }

    public static PackageRow Of(JsonElement row, string path, int index)
    {
        var name = $"{path}[{index}]";
        return row.ValueKind == JsonValueKind.Object ? new PackageRow(row, name) : throw Refused(name, "an object is expected");
    }

    public string Text(string field, int max = LongText) =>
        OptionalText(field, max) is { Length: > 0 } text ? text : throw Refused($"{path}.{field}", "a text is expected");

    public string? OptionalText(string field, int max = LongText)
    {
        if (!row.TryGetProperty(field, out var value) || value.ValueKind is JsonValueKind.Null) return null;
        if (value.ValueKind != JsonValueKind.String) throw Refused($"{path}.{field}", "a text is expected");
        var text = Readable(value, field);
        if (text.Length > max) throw Refused($"{path}.{field}", $"at most {max} characters are accepted, not {text.Length}");
        return text.Contains('\0') ? throw Refused($"{path}.{field}", "the character NUL is not accepted") : text;
    }

    /// <summary>An ID as callers give it.</summary>
    public string Id(string field)
    {
        var id = Text(field, 64);
        return Naming(field, () => EnvVariableIds.Require(id, field));
    }

    /// <summary>Runs a check whose errors do not know the row.</summary>
    public T Naming<T>(string field, Func<T> check)
    {
        try
        {
            return check();
        }
        catch (DffException error)
        {
            throw Wrong(field, error.Message);
        }
    }

    public void Naming(string field, Action check) => Naming(field, () =>
    {
        check();
        return true;
    });

    public string OneOf(string field, string otherwise, params ReadOnlySpan<string> values)
    {
        var text = OptionalText(field, 64) ?? otherwise;
        return values.Contains(text) ? text : throw Refused($"{path}.{field}", $"one of {string.Join(", ", values.ToArray())} is expected");
    }

    public int Number(string field, int low, int high, int otherwise) => OptionalNumber(field, low, high) ?? otherwise;

    public int? OptionalNumber(string field, int low, int high)
    {
        if (!row.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= low && number <= high
            ? number
            : throw Refused($"{path}.{field}", $"a whole number from {low} to {high} is expected");
    }

    /// <summary>0 and 1 are what databases make of it.</summary>
    public bool Flag(string field)
    {
        if (!row.TryGetProperty(field, out var value)) return false;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            JsonValueKind.Number when value.TryGetInt32(out var number) && number is 0 or 1 => value.GetInt32() == 1,
            _ => throw Refused($"{path}.{field}", "true or false is expected"),
        };
    }

    public DateTimeOffset? Time(string field)
    {
        if (OptionalText(field, 64) is not { Length: > 0 } text) return null;
        return DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) && time.Year is >= 1970 and < 9999
            ? time.ToUniversalTime()
            : throw Refused($"{path}.{field}", "a time like 2030-01-31T12:00:00Z is expected");
    }

    /// <summary>A JSON object as text, without blanks.</summary>
    public string ObjectJson(string field)
    {
        var value = Element(field);
        if (value.ValueKind != JsonValueKind.Object) throw Refused($"{path}.{field}", "an object is expected");
        return Compact(value, field);
    }

    /// <summary>A JSON array of texts; null where it is missing.</summary>
    public string? TextsJson(string field, int max)
    {
        var value = Element(field);
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String)) throw Refused($"{path}.{field}", "an array of texts is expected");
        foreach (var item in value.EnumerateArray())
        {
            if (Readable(item, field).Length > max) throw Refused($"{path}.{field}", $"at most {max} characters are accepted in each");
        }

        return Compact(value, field);
    }

    public JsonElement Element(string field) => row.TryGetProperty(field, out var value) ? value : default;

    public DffException Wrong(string field, string what) => Refused($"{path}.{field}", what);

    public static DffException Refused(string path, string what) => DffException.BadRequest($"files:{path}", $"The package cannot be used: {path}: {what}");

    public void RequireReadable(JsonElement value, string field) => Compact(value, field);

    private string Compact(JsonElement value, string field)
    {
        try
        {
            // Reads every name and every text, so that nothing is stored that nobody could read.
            CanonicalJson.Of(System.Text.Encoding.UTF8.GetBytes(value.GetRawText()));
            return JsonSerializer.Serialize(value, PackageJson.Options);
        }
        catch (InvalidOperationException)
        {
            throw Refused($"{path}.{field}", "the text is not valid Unicode");
        }
    }

    /// <summary>An escape may hold half of a surrogate pair.</summary>
    private string Readable(JsonElement value, string field)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refused($"{path}.{field}", "the text is not valid Unicode");
        }
    }
}
