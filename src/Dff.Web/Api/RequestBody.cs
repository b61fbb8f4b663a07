using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Dff.Abstractions.Errors;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>Reads a JSON body up to a limit; whatever cannot be JSON in UTF-8 is refused with what is wrong and where.</summary>
public static class RequestBody
{
    private const int DeepestNesting = 600;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = DeepestNesting };

    /// <returns>The body, or Undefined where it is empty. Valid for the whole request.</returns>
    public static async Task<JsonElement> ReadAsync(HttpContext http, int limit)
    {
        if (http.Request.ContentLength > limit) throw TooLarge(limit);
        var bytes = await ReadBytesAsync(http, limit);
        if (IsBlank(bytes)) return default;
        if (!Utf8.IsValid(bytes)) throw DffException.BadRequest("body", "body: the text is not valid UTF-8");
        try
        {
            return JsonDocument.Parse(bytes, Options).RootElement;
        }
        catch (JsonException error)
        {
            throw DffException.BadRequest("body", $"body: not valid JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}");
        }
    }

    private static bool IsBlank(byte[] bytes) => bytes.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static async Task<byte[]> ReadBytesAsync(HttpContext http, int limit)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > limit) throw TooLarge(limit);
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static DffException TooLarge(int limit) =>
        new(ErrorReason.ClientBadRequest, $"body: at most {limit} bytes are accepted", new { field = "body", limit }) { Status = StatusCodes.Status413PayloadTooLarge };
}
