using System.Text;
using System.Text.Json.Nodes;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Dff.Web.Functions;

/// <summary>
/// Files that callers send along with a call. They are written to a directory below the resources while they arrive, under names of our own making, and the
/// function is given their paths in its argument <c>files</c>.
/// </summary>
public sealed class Uploads(ResourceDirectory resources, WebOptions options)
{
    /// <summary>Below the resources.</summary>
    public const string Folder = "_uploads";

    private const string Argument = "files";
    private const int MostFiles = 100;
    private const int MostFields = 1000;
    private const int LongestName = 100;

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Passable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static bool IsMultipart(HttpRequest request) => request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true;

    /// <param name="takesFiles">False: a form with files is refused before anything of them is written.</param>
    /// <exception cref="DffException">EClientBadRequest: it is no form, or too large. Nothing is left of its files.</exception>
    public async Task<UploadedForm> ReadAsync(HttpContext http, bool takesFiles)
    {
        var form = new UploadedForm(Path.Combine(resources.Path, Folder, ShortId.New("up")));
        try
        {
            await FillAsync(form, http, takesFiles);
            return form;
        }
        catch (Exception error) when (error is InvalidDataException or IOException { InnerException: null } and not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested)
        {
            form.Delete();
            throw DffException.BadRequest("body", $"body: not a valid form (multipart/form-data): {error.Message}");
        }
        catch
        {
            form.Delete();
            throw;
        }
    }

    private async Task FillAsync(UploadedForm form, HttpContext http, bool takesFiles)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 200 } boundary)
            throw DffException.BadRequest("body", "body: multipart/form-data with a boundary is expected");
        var reader = new MultipartReader(boundary.Value!, http.Request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8192 };
        var (left, leftForFields) = ((long)options.MaxUploadBytes, (long)options.MaxBodyBytes);
        while (await reader.ReadNextSectionAsync(http.RequestAborted) is { } section)
        {
            if (section.GetContentDispositionHeader() is not { } disposition || HeaderUtilities.RemoveQuotes(disposition.Name) is not { Length: > 0 } name) continue;
            if (disposition.IsFileDisposition())
            {
                if (!takesFiles) throw Field.Refused($"kwargs.{Argument}", "no files are taken here: the argument is not left to the caller");
                if (form.Files.Count == MostFiles) throw Field.Refused(Argument, $"at most {MostFiles} files are accepted");
                var given = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
                left -= await form.AddFileAsync(name.ToString(), given, section, left, options.MaxUploadBytes, http.RequestAborted);
            }
            else
            {
                if (form.Fields.Count == MostFields) throw DffException.BadRequest("body", $"body: at most {MostFields} fields are accepted");
                var text = await ReadTextAsync(section, leftForFields, http.RequestAborted);
                leftForFields -= text.Length;
                form.Fields[name.ToString()] = DecodedText(text, name.ToString());
            }
        }

        if (form.Files.Count == 0) return;
        if (form.Fields.ContainsKey(Argument)) throw Field.Refused(Argument, "this is the argument of the files, and cannot be given beside them");
        form.Fields[Argument] = form.Files;
    }

    private async Task<byte[]> ReadTextAsync(MultipartSection section, long limit, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        await CopyAsync(section.Body, text, limit, options.MaxBodyBytes, cancellationToken);
        return text.ToArray();
    }

    private static string DecodedText(byte[] text, string name)
    {
        try
        {
            var decoded = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
            return decoded.Contains('\0') ? throw Field.Refused(name, "the character NUL is not accepted") : decoded;
        }
        catch (DecoderFallbackException)
        {
            throw Field.Refused(name, "the text is not valid UTF-8");
        }
    }

    /// <returns>The number of bytes.</returns>
    private static async Task<long> CopyAsync(Stream from, Stream to, long left, long limit, CancellationToken cancellationToken)
    {
        var (buffer, total) = (new byte[64 * 1024], 0L);
        while (await from.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            if ((total += read) > left)
                throw new DffException(ErrorReason.ClientBadRequest, $"body: at most {limit} bytes are accepted", new { field = "body", limit }) { Status = StatusCodes.Status413PayloadTooLarge };
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        return total;
    }

    /// <summary>A form, whose files stay until it is told to delete them.</summary>
    public sealed class UploadedForm(string directory)
    {
        /// <summary>The arguments of the call.</summary>
        public JsonObject Fields { get; } = [];

        internal JsonArray Files { get; } = [];

        internal async Task<long> AddFileAsync(string field, string given, MultipartSection section, long left, long limit, CancellationToken cancellationToken)
        {
            var parent = Path.GetDirectoryName(directory)!;
            foreach (var path in (string[])[parent, directory])
            {
                Directory.CreateDirectory(path);
                File.SetUnixFileMode(path, Passable);
            }

            var file = Path.Combine(directory, $"{Files.Count}-{SafeName(given)}");
            long size;
            await using (var to = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous }))
            {
                File.SetUnixFileMode(to.SafeFileHandle, Readable);
                size = await CopyAsync(section.Body, to, left, limit, cancellationToken);
            }

            var type = section.ContentType;
            Files.Add(new JsonObject
            {
                ["fieldname"] = field,
                ["originalname"] = given,
                ["mimetype"] = string.IsNullOrEmpty(type) ? "application/octet-stream" : type,
                ["size"] = size,
                ["filePath"] = file,
            });
            return size;
        }

        public void Delete()
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }

        /// <summary>The end of the name, so that what goes by its extension still works; nothing of it is a path.</summary>
        private static string SafeName(string given)
        {
            var safe = string.Concat(given.Select(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '_')).TrimStart('.');
            return safe.Length switch { 0 => "file", > LongestName => safe[^LongestName..], _ => safe };
        }
    }
}
