using System.Text.Json.Nodes;
using Dff.Abstractions.Errors;

namespace Dff.Web.Api;

/// <summary>Fields are checked where nobody knows of the request: errors name them as the request did, <c>data.funcId</c> or <c>data[3].funcId</c>.</summary>
internal static class DataErrors
{
    private const string Data = "data.";

    /// <param name="field">A field of the record that the request calls <paramref name="called"/>.</param>
    public static async Task NamingAsync(Task change, string field = "", string called = "")
    {
        try
        {
            await change;
        }
        catch (DffException error) when (Renamed(error, field, called) is { } named)
        {
            throw named;
        }
    }

    private static DffException? Renamed(DffException error, string field, string called)
    {
        if (error.DetailJson is not { } json || JsonNode.Parse(json) is not JsonObject detail || (string?)detail["field"] is not { } before) return null;
        var bare = before.StartsWith(Data, StringComparison.Ordinal) ? before[Data.Length..] : before;
        var end = bare.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? dot : bare.Length;
        var name = field.Length > 0 && bare[..end] == field ? called : bare[..end];
        var place = detail["index"] is { } index ? $"data[{index}]" : "data";
        var after = $"{place}.{name}{bare[end..]}";
        if (after == before) return null;
        detail["field"] = after;
        var message = error.Message.StartsWith(before + ":", StringComparison.Ordinal) ? after + error.Message[before.Length..] : $"{after}: {error.Message}";
        return new DffException(error.Reason, message, detail) { Status = error.Status };
    }
}
