using System.Globalization;
using System.Text.Json;
using Dff.Web.Api;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Contracts;

/// <summary>Checks query values against the fields of a route.</summary>
internal static class QueryCheck
{
    private static readonly HashSet<string> AlwaysAllowed = new(StringComparer.Ordinal)
    {
        "xDFFAuthToken", "pageNumber", "pageSize", "pageMarker", "noPage", "sort", "orderBy", "orderMethod",
        "fieldPicking", "fieldKicking", "_fuzzySearch", "_fulltextSearch", "fullText", "export", "extraData",
    };

    public static void Run(IQueryCollection query, ApiRoute route)
    {
        foreach (var (name, values) in query)
        {
            var value = values[^1] ?? "";
            if (value.Contains('\0')) throw Field.Refused(name, "the character NUL is not accepted");
            if (route.Query.Find(name) is { } field) CheckValue(field, value, name);
            else if (route.IsQueryStrict && !AlwaysAllowed.Contains(name))
                throw Field.Refused(name, $"no such query field; known are {string.Join(", ", route.Query.All.Select(known => known.Name))}");
        }

        foreach (var field in route.Query.All)
        {
            if (field.IsRequired && !query.ContainsKey(field.Name)) throw Field.Refused(field.Name, "is required");
        }
    }

    private static void CheckValue(Field field, string value, string name)
    {
        if (value is "_ALL" or "_NULL") return;
        switch (field.Type)
        {
            case FieldType.Integer:
                if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)) throw Field.Refused(name, "a whole number is expected");
                field.CheckRange(integer, name);
                break;
            case FieldType.Boolean:
                Field.ReadFlag(value, name);
                break;
            case FieldType.Time:
                Field.ReadTime(value, name);
                break;
            case FieldType.JsonString:
                try
                {
                    RequestBody.ParseText(value);
                }
                catch (JsonException)
                {
                    throw Field.Refused(name, "JSON text is expected");
                }

                break;
            default:
                field.CheckText(value, name);
                break;
        }
    }
}
