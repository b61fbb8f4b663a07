using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>What a route answers: <c>data</c> of the envelope, or a raw answer of its own.</summary>
public sealed class ApiAnswer
{
    public static ApiAnswer Empty { get; } = new();

    /// <summary>Serialised as <c>data</c>.</summary>
    public object? Data { get; private init; }

    /// <summary>UTF-8 JSON written as <c>data</c>.</summary>
    public ReadOnlyMemory<byte> DataJson { get; private init; }

    public PageInfo? Page { get; private init; }

    /// <summary>Writes the whole answer itself.</summary>
    public Func<HttpContext, Task>? Raw { get; private init; }

    public static ApiAnswer Of(object? data, PageInfo? page = null) => new() { Data = data, Page = page };

    public static ApiAnswer OfJson(ReadOnlyMemory<byte> json, PageInfo? page = null) => new() { DataJson = json, Page = page };

    public static ApiAnswer OfRaw(Func<HttpContext, Task> write) => new() { Raw = write };

    public static Task<ApiAnswer> Now(object? data) => Task.FromResult(Of(data));
}

/// <summary>Where a page of a list stands; fields that the paging style does not have are left out.</summary>
public sealed record PageInfo
{
    public required string PagingStyle { get; init; }

    public required int PageSize { get; init; }

    public required int Count { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TotalCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? PageNumber { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PageCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PageMarkerField { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PageMarker { get; init; }

    public bool IsFirstPage { get; init; }
}
