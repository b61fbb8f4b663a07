using System.Text;
using Dapper;
using Dff.Storage.Connections;

namespace Dff.Storage.Lists;

/// <summary>A list in SQL: which API fields may filter and sort, and what they are in the query. Nothing a caller sends becomes SQL but by this table.</summary>
public sealed class ListDefinition
{
    /// <summary>Where a list has no more rows than these, all of them are counted each time. A search, which looks at every row, has done so when it has found them.</summary>
    private const int MostFound = 1000;

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

    /// <summary>Filters on what a column begins with: the value and what follows it there, so that an index finds them.</summary>
    public IReadOnlyDictionary<string, (string Column, string Follows)> BeginFilters { get; init; } = new Dictionary<string, (string, string)>();

    /// <summary>Filters without a value: conditions as they stand, for indexes that hold only what meets them.</summary>
    public IReadOnlyDictionary<string, string> Conditions { get; init; } = new Dictionary<string, string>();

    /// <summary>Set: filters <c>func_…</c> are on columns of the function <c>f</c>, which is found first, and whose rows are those of this column; null: it is joined.</summary>
    public string? FunctionKey { get; init; }

    /// <summary>Columns by the names of fields; <c>seq</c> is the key of the rows, and what they are sorted by last, downwards.</summary>
    public required IReadOnlyDictionary<string, string> Sorts { get; init; }

    /// <summary>Expression in lower case.</summary>
    public string? SearchText { get; init; }

    /// <summary>Condition with <c>@fullText</c> as a LIKE pattern.</summary>
    public string? FullText { get; init; }

    private string Key => Sorts["seq"];

    /// <summary>
    /// A page's keys are found first, in the tables that filters need, and its rows are read by them: joins and wide columns of rows that are only walked over cost nothing.
    /// </summary>
    public async Task<ListResult<T>> RunAsync<T>(StoreDatabase database, ListQuery query, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters();
        var where = Where(query, parameters);
        await using var connection = await database.OpenAsync(cancellationToken);
        if (query.NoPage || query.IsByMarker)
        {
            parameters.Add("limit", query.PageSize);
            var all = await RowsAsync<T>($"{where} ORDER BY {OrderBy(query)}{(query.NoPage ? "" : " LIMIT @limit")}", parameters);
            return new ListResult<T>(all, all.Count);
        }

        var filter = new DynamicParameters(parameters);
        var skipped = (long)(query.PageNumber - 1) * query.PageSize;
        var found = IsSearch(query) ? await KeysAsync(OrderBy(query), MostFound + 1, 0) : null;
        var isWhole = found?.Count <= MostFound;
        var total = isWhole ? found!.Count : await CountAsync();
        var count = Math.Clamp(total - skipped, 0, query.PageSize);
        if (count == 0) return new ListResult<T>([], total);
        var keys = skipped + count <= found?.Count ? found!.GetRange((int)skipped, (int)count) : await PageAsync();
        return new ListResult<T>(await RowsAsync<T>($" WHERE {Key} IN @keys ORDER BY {OrderBy(query)}", new DynamicParameters(new { keys })), total);

        // Of a thousand and more a few are not missed; where fewer are found, each is.
        Task<long> CountAsync()
        {
            var sql = $"SELECT COUNT(*) FROM {CountFrom}{where}";
            return database.Counts.GetAsync(sql, filter, Math.Max(MostFound, skipped + 1), () => connection.ExecuteScalarAsync<long>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)));
        }

        // What is skipped is walked over, so a page in the second half is looked for from the end.
        Task<List<long>> PageAsync() => skipped <= total / 2 ? KeysAsync(OrderBy(query), count, skipped) : KeysAsync(OrderBy(query, isBackwards: true), count, total - skipped - count);

        async Task<List<long>> KeysAsync(string order, long limit, long offset)
        {
            parameters.Add("limit", limit);
            parameters.Add("offset", offset);
            var sql = $"SELECT {Key} FROM {CountFrom}{where} ORDER BY {order} LIMIT @limit OFFSET @offset";
            return (await connection.QueryAsync<long>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))).AsList();
        }

        async Task<List<TRow>> RowsAsync<TRow>(string rest, DynamicParameters values) =>
            (await connection.QueryAsync<TRow>(new CommandDefinition($"SELECT {Columns} FROM {From}{rest}", values, cancellationToken: cancellationToken))).AsList();
    }

    private string Where(ListQuery query, DynamicParameters parameters)
    {
        var conditions = new List<string>();
        foreach (var filter in query.Filters)
        {
            if (ConditionOf(filter, parameters, conditions.Count) is { } condition) conditions.Add(FunctionKey is not null && filter.Field.StartsWith("func_", StringComparison.Ordinal) ? OfFunction(filter, condition) : condition);
        }

        if (!string.IsNullOrEmpty(query.Fuzzy) && SearchText is not null)
        {
            // Quicker than LIKE where many texts are looked through.
            conditions.Add($"INSTR({SearchText}, @fuzzy) > 0");
            parameters.Add("fuzzy", query.Fuzzy.ToLowerInvariant());
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

    /// <returns>Null: the list has no such filter.</returns>
    private string? ConditionOf(ListFilter filter, DynamicParameters parameters, int index)
    {
        if (Conditions.TryGetValue(filter.Field, out var condition)) return condition;
        if (BeginFilters.TryGetValue(filter.Field, out var begin)) return BeginCondition(begin.Column, begin.Follows, filter, parameters, index);
        if (TagFilters.TryGetValue(filter.Field, out var tags)) return TagCondition(tags, filter, parameters);
        if (Filters.TryGetValue(filter.Field, out var column)) return Condition(column, filter, parameters, index);
        if (ContainedFilters.TryGetValue(filter.Field, out var text)) return ContainedCondition(text, filter, parameters, index);
        return RangeFilters.TryGetValue(filter.Field, out var range) && filter.Values.Count > 0 ? RangeCondition(range, filter, parameters, index) : null;
    }

    /// <summary>A function that is gone has nothing, so it is found where nothing is looked for.</summary>
    private string OfFunction(ListFilter filter, string condition) =>
        filter.Values.Count == 0 ? $"{FunctionKey} NOT IN (SELECT f.id FROM func f WHERE NOT ({condition}))" : $"{FunctionKey} IN (SELECT f.id FROM func f WHERE {condition})";

    private static string Condition(string column, ListFilter filter, DynamicParameters parameters, int index)
    {
        if (filter.Values.Count == 0) return $"{column} IS NULL";
        parameters.Add($"f{index}", filter.Values.Count == 1 ? filter.Values[0] : filter.Values);
        return filter.Values.Count == 1 ? $"{column} = @f{index}" : $"{column} IN @f{index}";
    }

    /// <summary>Columns compare by their bytes, so all that begins so lies between two texts.</summary>
    private static string BeginCondition(string column, string follows, ListFilter filter, DynamicParameters parameters, int index)
    {
        if (filter.Values.Count == 0) return $"{column} IS NULL";
        var begin = filter.Values[0] + follows;
        parameters.Add($"f{index}", begin);
        parameters.Add($"f{index}end", begin[..^1] + (char)(begin[^1] + 1));
        return $"{column} >= @f{index} AND {column} < @f{index}end";
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

    private bool IsSearch(ListQuery query) => (!string.IsNullOrEmpty(query.Fuzzy) && SearchText is not null) || (!string.IsNullOrEmpty(query.FullText) && FullText is not null);

    private string OrderBy(ListQuery query, bool isBackwards = false)
    {
        var fields = query.Sort.Where(sort => Sorts.ContainsKey(sort.Field)).Select(sort => (Column: Sorts[sort.Field], sort.IsDescending)).Append((Column: Key, IsDescending: true));
        return string.Join(", ", fields.Select(field => field.Column + (field.IsDescending != isBackwards ? " DESC" : "")));
    }

    /// <summary>Tags are stored as Python's and our encoders write them: without escapes beyond JSON's own.</summary>
    private static readonly System.Text.Json.JsonSerializerOptions TagJson = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string LikePattern(string text) =>
        $"%{text.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";
}
