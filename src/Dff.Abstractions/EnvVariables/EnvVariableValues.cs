using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dff.Abstractions.Errors;

namespace Dff.Abstractions.EnvVariables;

/// <summary>The value of an env variable must fit its cast type: a script must not find out at run time.</summary>
public static class EnvVariableValues
{
    public static IReadOnlyList<string> Types { get; } = ["string", "integer", "float", "boolean", "json", "commaArray"];

    public static void Require(string type, string value, string field)
    {
        var fits = type switch
        {
            "string" or "commaArray" => true,
            "integer" => System.Numerics.BigInteger.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "float" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            "boolean" => IsBoolean(value),
            "json" => IsJson(value),
            _ => throw DffException.BadRequest(field, $"autoTypeCasting: one of {string.Join(", ", Types)} is expected"),
        };
        if (!fits) throw DffException.BadRequest(field, $"{field}: the value is not a valid {type}");
    }

    private static bool IsBoolean(string value) =>
        value.Trim().ToLowerInvariant() is "true" or "false" or "yes" or "no" or "on" or "off" or "1" or "0" or "ok" or "none" or "";

    private static bool IsJson(string value)
    {
        try
        {
            JsonDocument.Parse(value).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>The form of IDs that callers give.</summary>
public static partial class EnvVariableIds
{
    public static string Require(string id, string field) => Form().IsMatch(id)
        ? id
        : throw DffException.BadRequest(field, $"{field}: an ID begins with a letter or digit, then letters, digits and _ . : -, at most 64 characters");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
