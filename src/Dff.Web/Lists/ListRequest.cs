using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Storage.Lists;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Lists;

/// <summary>Reads a list request's query and shapes its answer: paging, sorting, searching, and which fields of a row are answered.</summary>
public static class ListRequest
{
    /// <param name="isPaged">False: the route answers all rows, as those without paging in the contract do.</param>
    public static ListQuery Read(ApiContext context, bool isPaged = true)
    {
        var query = new ListQuery
        {
            Fuzzy = context.Query("_fuzzySearch"),
            FullText = context.Query("_fulltextSearch") ?? context.Query("fullText"),
            Filters = Filters(context),
            Sort = Sort(context),
        };
        if (!isPaged || context.Flag("noPage") || ListExport.IsAsked(context)) return query with { NoPage = true };
        return query with { PageNumber = Number(context, "pageNumber", 1, ListFields.LastPage, 1), PageSize = Number(context, "pageSize", 1, ListFields.LargestPage, 10) };
    }

    /// <summary>Of a route whose pages are told by the last row's <c>seq</c>.</summary>
    public static ListQuery ReadByMarker(ApiContext context)
    {
        var query = Read(context) with { IsByMarker = true, Sort = [] };
        if (query.NoPage || context.Query("pageMarker") is not { Length: > 0 } marker) return query;
        return long.TryParse(marker, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? query with { Marker = seq } : throw Field.Refused("pageMarker", "the seq of a row is expected");
    }

    /// <param name="seq">What the next page is told by.</param>
    public static ApiAnswer Answer<T>(ApiContext context, ListQuery query, ListResult<T> result, Func<T, long> seq)
    {
        if (query.NoPage) return Answer(context, query, result);
        return ApiAnswer.Of(Picked(context, result.Rows), new PageInfo
        {
            PagingStyle = "marker",
            PageSize = query.PageSize,
            Count = result.Rows.Count,
            PageMarkerField = "seq",
            PageMarker = result.Rows.Count > 0 ? seq(result.Rows[^1]) : query.Marker,
            IsFirstPage = query.Marker is null,
        });
    }

    public static ApiAnswer Answer<T>(ApiContext context, ListQuery query, ListResult<T> result)
    {
        if (ListExport.IsAsked(context)) return ListExport.Answer(context, FieldNames<T>(context), result.Rows);
        object data = Picked(context, result.Rows);
        if (query.NoPage) return ApiAnswer.Of(data);
        return ApiAnswer.Of(data, new PageInfo
        {
            PagingStyle = "normal",
            PageNumber = query.PageNumber,
            PageSize = query.PageSize,
            Count = result.Rows.Count,
            TotalCount = result.TotalCount,
            PageCount = (result.TotalCount + query.PageSize - 1) / query.PageSize,
            IsFirstPage = query.PageNumber == 1,
        });
    }

    private static object Picked<T>(ApiContext context, IReadOnlyList<T> rows)
    {
        if (string.IsNullOrEmpty(context.Query("fieldPicking")) && string.IsNullOrEmpty(context.Query("fieldKicking"))) return rows;
        return rows.Select(row => (JsonNode)PickedRow(context, row)).ToList();
    }

    /// <summary>A row as an object with the fields that the caller wants.</summary>
    public static JsonObject PickedRow<T>(ApiContext context, T row)
    {
        var fields = JsonSerializer.SerializeToNode(row, ApiJson.Options)!.AsObject();
        var isWanted = Wanted(context);
        foreach (var name in fields.Select(field => field.Key).Where(name => !isWanted(name)).ToList()) fields.Remove(name);
        return fields;
    }

    /// <summary>The caller has named the field among those wanted.</summary>
    public static bool Picks(ApiContext context, string field) => Names(context.Query("fieldPicking"))?.Contains(field) == true;

    private static List<string> FieldNames<T>(ApiContext context) =>
        [.. ApiJson.Options.GetTypeInfo(typeof(T)).Properties.Where(property => property.Get is not null).Select(property => property.Name).Where(Wanted(context))];

    private static Func<string, bool> Wanted(ApiContext context)
    {
        var (picked, kicked) = (Names(context.Query("fieldPicking")), Names(context.Query("fieldKicking")));
        return name => picked?.Contains(name) != false && kicked?.Contains(name) != true;
    }

    private static HashSet<string>? Names(string? text) =>
        string.IsNullOrEmpty(text) ? null : text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);

    private static List<ListFilter> Filters(ApiContext context)
    {
        var filters = new List<ListFilter>();
        foreach (var field in context.Route.Query.All)
        {
            if (field.Name.StartsWith('_') || context.Query(field.Name) is not { } value || value is "_ALL") continue;
            if (value is "_NULL") filters.Add(new ListFilter(field.Name, []));
            else if (field.Type == FieldType.CommaArray) filters.Add(new ListFilter(field.Name, value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
            else if (value.Length > 0) filters.Add(new ListFilter(field.Name, [Stored(field, value)]));
        }

        // A comma list without a value filters nothing out, rather than everything.
        return [.. filters.Where(filter => filter.Values.Count > 0 || context.Query(filter.Field) is "_NULL")];
    }

    /// <summary>As columns hold it.</summary>
    private static string Stored(Field field, string value) => field.Type switch
    {
        FieldType.Boolean => Field.ReadFlag(value, field.Name) ? "1" : "0",
        FieldType.Time => Field.ReadTime(value, field.Name).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        _ => value,
    };

    private static List<SortField> Sort(ApiContext context)
    {
        if (context.Query("sort") is { Length: > 0 } sort)
        {
            return [.. sort.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(field => field.StartsWith('-') ? new SortField(field[1..], true) : new SortField(field.TrimStart('+'), false))];
        }

        return context.Query("orderBy") is { Length: > 0 } field
            ? [new SortField(field, context.Query("orderMethod") is "desc" or "DESC")]
            : [];
    }

    private static int Number(ApiContext context, string name, int least, int most, int otherwise)
    {
        if (context.Query(name) is not { Length: > 0 } text) return otherwise;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
            throw Field.Refused(name, $"{least} to {most} is expected");
        return number;
    }
}
