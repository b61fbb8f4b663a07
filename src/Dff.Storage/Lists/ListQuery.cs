namespace Dff.Storage.Lists;

/// <summary>A list as a caller asks for it; fields by their API names.</summary>
public sealed record ListQuery
{
    /// <summary>1-based.</summary>
    public int PageNumber { get; init; } = 1;

    public int PageSize { get; init; } = 10;

    /// <summary>All rows.</summary>
    public bool NoPage { get; init; }

    /// <summary>Only rows before the one of this <c>seq</c>, downwards; instead of a page number.</summary>
    public long? Marker { get; init; }

    /// <summary>Pages are told by <see cref="Marker"/>; rows are not counted.</summary>
    public bool IsByMarker { get; init; }

    public IReadOnlyList<SortField> Sort { get; init; } = [];

    /// <summary>Text anywhere in the row's searchable fields, without case.</summary>
    public string? Fuzzy { get; init; }

    /// <summary>Text anywhere in code.</summary>
    public string? FullText { get; init; }

    public IReadOnlyList<ListFilter> Filters { get; init; } = [];

    public static ListQuery All { get; } = new() { NoPage = true };
}

public readonly record struct SortField(string Field, bool IsDescending);

/// <param name="Values">Any of them; empty: the field must be null.</param>
public sealed record ListFilter(string Field, IReadOnlyList<string> Values);

/// <param name="TotalCount">Rows on all pages.</param>
public sealed record ListResult<T>(IReadOnlyList<T> Rows, long TotalCount);
