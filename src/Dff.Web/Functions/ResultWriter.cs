using System.Security.Cryptography;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Dff.Web.Functions;

/// <summary>Answers results as their functions want it: status, headers, a file, or a content that never was in memory as a whole.</summary>
public sealed class ResultWriter(IResultFiles files)
{
    /// <summary>Of documents that a browser runs: they get an origin of their own, so that they cannot act for a signed-in user.</summary>
    private const string Sandbox = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts";

    private static readonly HashSet<string> Documents = new(StringComparer.OrdinalIgnoreCase) { "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "application/xslt+xml" };

    public ApiAnswer Answer(CallResult result, CallOptions options, bool unfoldsByDefault) => result.Outcome.Response.IsEmpty && result.Outcome.File is null
        ? RawResult.Answer(result, options, unfoldsByDefault)
        : ApiAnswer.OfRaw(http => WriteAsync(http, result, options, unfoldsByDefault));

    private async Task WriteAsync(HttpContext http, CallResult result, CallOptions options, bool unfoldsByDefault)
    {
        var (outcome, wishes) = (result.Outcome, ResponseWishes.Parse(result.Outcome.Response));
        try
        {
            if (result.IsCached) http.Response.Headers["X-Result-Cache"] = "Cached";
            foreach (var (name, value) in wishes.Headers) http.Response.Headers.Append(name, value);
            if (!wishes.IsBare && !(options.Unfold ?? unfoldsByDefault))
                await Envelope.WriteAsync(http, ApiAnswer.OfJson(RawResult.AsData(outcome, options.Returns)), wishes.StatusCode ?? StatusCodes.Status200OK);
            else
                await WriteBareAsync(http, outcome, wishes, options.Returns);
        }
        finally
        {
            if (outcome.File is { } file && !result.IsKept) await files.ReleaseAsync(file);
        }
    }

    private async Task WriteBareAsync(HttpContext http, FunctionOutcome outcome, ResponseWishes wishes, FunctionReturns returns)
    {
        var (type, body) = outcome.File is { } file ? (ResponseWishes.TypeOf(file.Name), default)
            : outcome.Body.IsEmpty ? RawResult.Bare(outcome, returns)
            : ("application/octet-stream", outcome.Body);
        type = WithCharset(wishes.ContentType ?? type);
        http.Response.StatusCode = wishes.StatusCode ?? StatusCodes.Status200OK;
        if (http.Response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified) return;
        if (wishes.Allow304 && IsKnown(http, outcome, body)) return;
        http.Response.ContentType = type;
        if (wishes.Download is { } name) http.Response.Headers.ContentDisposition = Attachment(name.Length > 0 ? name : outcome.File?.Name ?? "result");
        else if (MediaTypeHeaderValue.TryParse(type, out var media) && Documents.Contains(media.MediaType.ToString())) http.Response.Headers.Append("Content-Security-Policy", Sandbox);
        http.Response.ContentLength = outcome.File?.Length ?? body.Length;
        if (outcome.File is null) await http.Response.Body.WriteAsync(body, http.RequestAborted);
        else if (files.LocalPathOf(outcome.File) is { } path) await http.Response.SendFileAsync(path, 0, outcome.File.Length, http.RequestAborted);
        else await files.CopyToAsync(outcome.File, http.Response.Body, http.RequestAborted);
    }

    /// <returns>True: the caller has this content already, and is told so.</returns>
    private static bool IsKnown(HttpContext http, FunctionOutcome outcome, ReadOnlyMemory<byte> body)
    {
        var tag = outcome.File is { } file ? $"\"{file.Length:x}-{file.LastWrite.UtcTicks:x}\"" : $"\"{Convert.ToHexStringLower(SHA256.HashData(body.Span))[..32]}\"";
        http.Response.Headers.ETag = tag;
        if (http.Response.Headers.CacheControl.Count == 0) http.Response.Headers.CacheControl = "no-cache";
        if (!http.Request.Headers.IfNoneMatch.SelectMany(value => value?.Split(',', StringSplitOptions.TrimEntries) ?? []).Any(known => known == "*" || known.Replace("W/", "", StringComparison.Ordinal) == tag)) return false;
        http.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    private static string WithCharset(string type) =>
        type.Contains(';', StringComparison.Ordinal) || !(type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.Equals("application/json", StringComparison.OrdinalIgnoreCase)) ? type : $"{type}; charset=utf-8";

    private static string Attachment(string name)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(string.Concat(name.Where(character => !char.IsControl(character) && character is not ('/' or '\\'))));
        return disposition.ToString();
    }
}
