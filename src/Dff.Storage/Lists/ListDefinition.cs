using System.Text;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.Lists;

/// <summary>A list in SQL: which API fields may filter and sort, and what they are in the query. Nothing a caller sends becomes SQL but by this table.</summary>
public sealed class ListDefinition
{
    /// <summary>Columns with their aliases.</summary>
    public required string Columns { get; init; }

    /// <summary>Tables for rows, with joins.</summary>
    public required string From { get; init; }

    /// <summary>Tables for counting and filtering alone, where joins are not needed for it.</summary>
    public required string CountFrom { get; init; }

    public required IReadOnlyDictionary<string, string> Filters { get; init; }

    /// <summary>Filters on JSON arrays of strings: any of the values must be in it.</summary>
    public IReadOnlyDictionary<string, string> TagFilters { get; init; } = new Dictionary<string, string>();

    /// <summary>Filters on text that must hold the value somewhere.</summary>
    public IReadOnlyDictionary<string, string> ContainedFilters { get; init; } = new Dictionary<string, string>();

    /// <summary>Filters on ranges: columns with their operator, to which the value is put.</summary>
    public IReadOnlyDictionary<string, string> RangeFilters { get; init; } = new Dictionary<string, string>();

    public required IReadOnlyDictionary<string, string> Sorts { get; init; }

    /// <summary>Expression in lower case.</summary>
    public string? SearchText { get; init; }

    /// <summary>Condition with <c>@fullText</c> as a LIKE pattern.</summary>
    public string? FullText { get; init; }

    public required string DefaultSort { get; init; }

    public async Task<ListResult<T>> RunAsync<T>(StoreDatabase database, ListQuery query, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters();
        var where = Where(query, parameters);
        await using var connection = await database.OpenAsync(cancellationToken);
        var sql = new StringBuilder($"SELECT {Columns} FROM {From}{where} ORDER BY {OrderBy(query)}");
        if (!query.NoPage)
        {
            sql.Append(" LIMIT @limit OFFSET @offset");
            parameters.Add("limit", query.PageSize);
            parameters.Add("offset", (long)(query.PageNumber - 1) * query.PageSize);
        }

        var rows = (await connection.QueryAsync<T>(new CommandDefinition(sql.ToString(), parameters, cancellationToken: cancellationToken))).AsList();
        if (query.NoPage || query.IsByMarker) return new ListResult<T>(rows, rows.Count);
        var total = await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT COUNT(*) FROM {CountFrom}{where}", parameters, cancellationToken: cancellationToken));
        return new ListResult<T>(rows, total);
    }

    private string Where(ListQuery query, DynamicParameters parameters)
    {
        var conditions = new List<string>();
        foreach (var filter in query.Filters)
        {
            if (TagFilters.TryGetValue(filter.Field, out var tags)) conditions.Add(TagCondition(tags, filter, parameters));
            else if (Filters.TryGetValue(filter.Field, out var column)) conditions.Add(Condition(column, filter, parameters, conditions.Count));
            else if (ContainedFilters.TryGetValue(filter.Field, out var text)) conditions.Add(ContainedCondition(text, filter, parameters, conditions.Count));
            else if (RangeFilters.TryGetValue(filter.Field, out var range) && filter.Values.Count > 0) conditions.Add(RangeCondition(range, filter, parameters, conditions.Count));
        }

        if (!string.IsNullOrEmpty(query.Fuzzy) && SearchText is not null)
        {
            conditions.Add($"{SearchText} LIKE @fuzzy ESCAPE '!'");
            parameters.Add("fuzzy", LikePattern(query.Fuzzy.ToLowerInvariant()));
        }

        if (!string.IsNullOrEmpty(query.FullText) && FullText is not null)
        {
            conditions.Add(FullText);
            parameters.Add("fullText", LikePattern(query.FullText));
        }

        if (query.Marker is { } marker)
        {
            conditions.Add($"{Sorts["seq"]} < @marker");
            parameters.Add("marker", marker);
        }

        return conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
    }

    private static string Condition(string column, ListFilter filter, DynamicParameters parameters, int index)
    {
        if (filter.Values.Count == 0) return $"{column} IS NULL";
        parameters.Add($"f{index}", filter.Values.Count == 1 ? filter.Values[0] : filter.Values);
        return filter.Values.Count == 1 ? $"{column} = @f{index}" : $"{column} IN @f{index}";
    }

    private static string ContainedCondition(string column, ListFilter filter, DynamicParameters parameters, int index)
    {
        if (filter.Values.Count == 0) return $"{column} IS NULL";
        parameters.Add($"f{index}", filter.Values[0]);
        return $"INSTR({column}, @f{index}) > 0";
    }

    private static string RangeCondition(string comparison, ListFilter filter, DynamicParameters parameters, int index)
    {
        parameters.Add($"f{index}", long.Parse(filter.Values[0], System.Globalization.CultureInfo.InvariantCulture));
        return $"{comparison}@f{index}";
    }

    private static string TagCondition(string column, ListFilter filter, DynamicParameters parameters)
    {
        if (filter.Values.Count == 0) return $"{column} IS NULL";
        var any = filter.Values.Select((tag, index) =>
        {
            var name = $"{filter.Field}{index}";
            parameters.Add(name, System.Text.Json.JsonSerializer.Serialize(tag, TagJson));
            // LIKE would tell upper from lower case on one store and not on the other.
            return $"INSTR({column}, @{name}) > 0";
        });
        return $"({string.Join(" OR ", any)})";
    }

    private string OrderBy(ListQuery query)
    {
        var fields = query.Sort.Where(sort => Sorts.ContainsKey(sort.Field)).Select(sort => Sorts[sort.Field] + (sort.IsDescending ? " DESC" : ""));
        return string.Join(", ", fields.Append(DefaultSort));
    }

    /// <summary>Tags are stored as Python's and our encoders write them: without escapes beyond JSON's own.</summary>
    private static readonly System.Text.Json.JsonSerializerOptions TagJson = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string LikePattern(string text) =>
        $"%{text.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";
}
