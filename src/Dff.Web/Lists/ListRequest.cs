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
        if (!isPaged || context.Query("noPage") is "true" or "1") return query with { NoPage = true };
        return query with { PageNumber = Number(context, "pageNumber", 1, ListFields.LastPage, 1), PageSize = Number(context, "pageSize", 1, ListFields.LargestPage, 10) };
    }

    public static ApiAnswer Answer<T>(ApiContext context, ListQuery query, ListResult<T> result)
    {
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
        var picked = Names(context.Query("fieldPicking"));
        var kicked = Names(context.Query("fieldKicking"));
        if (picked is null && kicked is null) return rows;
        return rows.Select(row =>
        {
            var fields = JsonSerializer.SerializeToNode(row, ApiJson.Options)!.AsObject();
            foreach (var name in fields.Select(field => field.Key).ToList())
            {
                if ((picked is not null && !picked.Contains(name)) || kicked?.Contains(name) == true) fields.Remove(name);
            }

            return (JsonNode)fields;
        }).ToList();
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
            else if (value.Length > 0) filters.Add(new ListFilter(field.Name, [value]));
        }

        // A comma list without a value filters nothing out, rather than everything.
        return [.. filters.Where(filter => filter.Values.Count > 0 || context.Query(filter.Field) is "_NULL")];
    }

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
