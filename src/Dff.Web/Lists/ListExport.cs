using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Lists;

/// <summary>A list as a file: CSV as RFC 4180 has it, in UTF-8, the fields' names in the first line, JSON where a field is not a plain value.</summary>
internal static class ListExport
{
    public const string Format = "csv";

    /// <summary>Spreadsheets take text that begins so for a formula.</summary>
    private const string FormulaBegins = "=+-@\t\r";

    public static bool IsAsked(ApiContext context) => context.Query("export") switch
    {
        null or "" or "_ALL" => false,
        Format => true,
        _ => throw Field.Refused("export", $"{Format} is expected"),
    };

    public static ApiAnswer Answer<T>(ApiContext context, IReadOnlyList<string> fields, IReadOnlyList<T> rows) => ApiAnswer.OfRaw(async http =>
    {
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{NameOf(context.Route.Pattern)}.csv\"";
        await using var file = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        await file.WriteLineAsync(string.Join(',', fields.Select(Cell)));
        foreach (var row in rows)
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            var values = ListRequest.PickedRow(context, row);
            await file.WriteLineAsync(string.Join(',', fields.Select(field => Cell(values[field]))));
        }
    });

    private static string NameOf(string pattern) =>
        pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(part => part is not ("do" or "list") && !part.StartsWith('{')) ?? "list";

    private static string Cell(JsonNode? value) => value switch
    {
        null => "",
        JsonValue text when text.GetValueKind() == JsonValueKind.String => Cell(text.GetValue<string>()),
        _ => Quoted(value.ToJsonString(ApiJson.Options)),
    };

    private static string Cell(string text) => Quoted(text.Length > 0 && FormulaBegins.Contains(text[0]) ? "'" + text : text);

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
