using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Errors;
using Dff.Web.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dff.Web.Api;

/// <summary>A multipart form with one file, as browsers and the SDKs' <c>upload</c> send it.</summary>
internal static class UploadForm
{
    private const int MostFields = 100;

    /// <summary>For boundaries, heads and the other fields.</summary>
    private const int Around = 64 * 1024;

    /// <returns>The fields as an object of texts, and the file.</returns>
    public static async Task<(JsonElement Fields, byte[] File)> ReadAsync(HttpContext http, FieldSet fields, Upload upload, int limit)
    {
        if (!http.Request.HasFormContentType) throw DffException.BadRequest("body", $"body: a multipart form with the file in the field {upload.Field} is expected");
        limit = Math.Min(limit, upload.MostBytes);
        if (http.Request.ContentLength > limit + Around) throw TooLarge(upload, limit);
        var form = await FormAsync(http, limit);
        var given = new JsonObject();
        foreach (var (name, values) in form)
        {
            if (values.Count > 1) throw Field.Refused(name, "given twice");
            given[name] = values[0];
        }

        var body = JsonSerializer.SerializeToElement(given);
        RequestDump.Keep(http, body);
        fields.Check(body, "");
        var other = form.Files.FirstOrDefault(file => file.Name != upload.Field);
        if (other is not null) throw Field.Refused(other.Name, $"the file is expected in the field {upload.Field}");
        if (form.Files.Count != 1) throw Field.Refused(upload.Field, form.Files.Count == 0 ? "a file is required" : "one file is expected");
        if (form.Files[0].Length > limit) throw TooLarge(upload, limit);
        return (body, await BytesAsync(form.Files[0], http.RequestAborted));
    }

    private static async Task<IFormCollection> FormAsync(HttpContext http, int limit)
    {
        try
        {
            // In memory, so that nothing of it is left on a disk.
            var options = new FormOptions { MultipartBodyLengthLimit = (long)limit + Around, MemoryBufferThreshold = limit + Around, ValueCountLimit = MostFields, ValueLengthLimit = Around };
            return await http.Request.ReadFormAsync(options, http.RequestAborted);
        }
        catch (Exception error) when (error is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw DffException.BadRequest("body", $"body: not a multipart form of at most {limit} bytes: {error.Message}");
        }
    }

    private static async Task<byte[]> BytesAsync(IFormFile file, CancellationToken cancellationToken)
    {
        var bytes = new byte[file.Length];
        await using var stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private static DffException TooLarge(Upload upload, int limit) =>
        new(ErrorReason.ClientBadRequest, $"{upload.Field}: at most {limit} bytes are accepted", new { field = upload.Field, limit }) { Status = StatusCodes.Status413PayloadTooLarge };
}
