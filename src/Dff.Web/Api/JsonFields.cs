using System.Text.Json;
using Dff.Abstractions.Scripts;
using Dff.Web.Contracts;

namespace Dff.Web.Api;

/// <summary>Reads fields of a checked body.</summary>
public static class JsonFields
{
    public static string? TextOf(this JsonElement element, string field) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static bool? FlagOf(this JsonElement element, string field) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(field, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : null;

    public static int? NumberOf(this JsonElement element, string field) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    /// <summary>Given, even as null: the field is to change.</summary>
    public static Change<string> TextChange(this JsonElement element, string field) =>
        element.TryGetProperty(field, out var value) ? new Change<string>(true, value.GetString()) : default;

    /// <summary>Of another record, or nothing: an empty text is as null.</summary>
    public static Change<string> NameChange(this JsonElement element, string field) => element.TextChange(field) is { IsSet: true, Value: "" } ? new Change<string>(true, null) : element.TextChange(field);

    /// <param name="path">Of the object in the request, for errors.</param>
    public static Change<DateTimeOffset?> TimeChange(this JsonElement element, string field, string path)
    {
        if (!element.TryGetProperty(field, out var value)) return default;
        return new Change<DateTimeOffset?>(true, value.GetString() is { Length: > 0 } text ? Field.ReadTime(text, $"{path}.{field}") : null);
    }

    /// <summary>null counts as not given: a flag has no empty state.</summary>
    public static Change<bool> FlagChange(this JsonElement element, string field) => element.FlagOf(field) is { } flag ? new Change<bool>(true, flag) : default;

    public static Change<int?> NumberChange(this JsonElement element, string field) =>
        element.TryGetProperty(field, out _) ? new Change<int?>(true, element.NumberOf(field)) : default;

    /// <summary>The JSON text of the field; JSON null becomes null.</summary>
    public static Change<string> JsonChange(this JsonElement element, string field) =>
        element.TryGetProperty(field, out var value) ? new Change<string>(true, value.ValueKind == JsonValueKind.Null ? null : value.GetRawText()) : default;
}
