using System.Text;
using System.Text.Json;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Functions;

/// <summary>Writes results: bare, or as <c>data.result</c> of the envelope.</summary>
public static class RawResult
{
    private const string Text = "text/plain; charset=utf-8";
    private const string Json = "application/json; charset=utf-8";

    public static ApiAnswer Answer(CallResult result, CallOptions options, bool unfoldsByDefault)
    {
        var isBare = options.Unfold ?? unfoldsByDefault;
        return ApiAnswer.OfRaw(http =>
        {
            if (result.IsCached) http.Response.Headers["X-Result-Cache"] = "Cached";
            return isBare ? WriteBareAsync(http, result.Outcome, options.Returns) : Envelope.WriteAsync(http, ApiAnswer.OfJson(AsData(result.Outcome, options.Returns)));
        });
    }

    private static Task WriteBareAsync(HttpContext http, FunctionOutcome outcome, FunctionReturns returns)
    {
        var (type, body) = Bare(outcome, returns);
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    public static (string Type, ReadOnlyMemory<byte> Body) Bare(FunctionOutcome outcome, FunctionReturns returns) => returns switch
    {
        FunctionReturns.All => (Json, AllForms(outcome)),
        FunctionReturns.Repr => (Text, outcome.Repr),
        FunctionReturns.JsonDumps => (Json, outcome.JsonDumps),
        _ => Bare(outcome.Raw),
    };

    /// <summary>A string as itself and a number as JavaScript writes it, both as plain text; everything else as JSON.</summary>
    private static (string Type, ReadOnlyMemory<byte> Body) Bare(ReadOnlyMemory<byte> raw) => raw.Span[0] switch
    {
        (byte)'"' => (Text, Encoding.UTF8.GetBytes(StringOf(raw))),
        (byte)'-' or (>= (byte)'0' and <= (byte)'9') => (Text, JavaScriptNumber.Rewrite(raw)),
        _ => (Json, raw),
    };

    private static string StringOf(ReadOnlyMemory<byte> raw)
    {
        var reader = new Utf8JsonReader(raw.Span);
        reader.Read();
        return reader.GetString()!;
    }

    /// <returns>UTF-8 JSON: <c>data</c> of the envelope.</returns>
    public static byte[] AsData(FunctionOutcome outcome, FunctionReturns returns)
    {
        ReadOnlyMemory<byte> result = returns switch
        {
            FunctionReturns.All => AllForms(outcome),
            FunctionReturns.Repr => AsJsonString(outcome.Repr),
            FunctionReturns.JsonDumps => AsJsonString(outcome.JsonDumps),
            _ => JavaScriptNumber.Rewrite(outcome.Raw),
        };
        // The content of an answer that is a file.
        if (outcome.File is not null) result = "null"u8.ToArray();
        return [.. "{\"result\":"u8, .. result.Span, .. "}"u8];
    }

    private static byte[] AsJsonString(ReadOnlyMemory<byte> text) => JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(text.Span), ApiJson.Options);

    /// <summary>JSON object of all forms.</summary>
    public static byte[] AllForms(FunctionOutcome outcome) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            raw = new Storage.RawJson(Encoding.UTF8.GetString(outcome.Raw.Span)),
            repr = Encoding.UTF8.GetString(outcome.Repr.Span),
            jsonDumps = Encoding.UTF8.GetString(outcome.JsonDumps.Span),
        },
        ApiJson.Options);
}
