using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Dff.Web.Pages;

/// <summary>
/// The files of the built web client. They are listed once, at start, so that a path from outside is only ever looked up, never opened.
/// Files under <c>assets/</c> carry the hash of their content in their name.
/// </summary>
public sealed class ClientFiles
{
    private const string Hashed = "/assets/";
    private readonly FrozenDictionary<string, ClientFile> _files;

    /// <param name="directory">May be missing: a server without a client answers its API all the same.</param>
    public ClientFiles(string directory)
    {
        var types = new FileExtensionContentTypeProvider();
        _files = !Directory.Exists(directory)
            ? FrozenDictionary<string, ClientFile>.Empty
            : Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                .Where(path => !path.EndsWith(".br", StringComparison.Ordinal) && !Path.GetFileName(path).StartsWith('.'))
                .ToFrozenDictionary(path => "/" + Path.GetRelativePath(directory, path).Replace('\\', '/'), path => Describe(path, types), StringComparer.Ordinal);
        Page = _files.GetValueOrDefault("/index.html");
    }

    /// <summary>The page that all addresses of the client begin with; null: the client has not been built.</summary>
    public ClientFile? Page { get; }

    public ClientFile? Find(string path) => _files.GetValueOrDefault(path);

    public static bool IsHashed(string path) => path.StartsWith(Hashed, StringComparison.Ordinal);

    private static ClientFile Describe(string path, FileExtensionContentTypeProvider types)
    {
        var type = types.TryGetContentType(path, out var known) ? known : "application/octet-stream";
        if (type.StartsWith("text/", StringComparison.Ordinal)) type += "; charset=utf-8";
        using var content = File.OpenRead(path);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
        return new ClientFile(path, File.Exists(path + ".br") ? path + ".br" : null, type, tag);
    }
}

/// <param name="BrotliPath">The same, compressed; null where compressing gains nothing.</param>
public sealed record ClientFile(string Path, string? BrotliPath, string ContentType, EntityTagHeaderValue Tag)
{
    public async Task SendAsync(HttpContext http)
    {
        var headers = http.Response.GetTypedHeaders();
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        headers.ETag = Tag;
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(Tag, useStrongComparison: false)))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var path = Path;
        if (BrotliPath is not null && AcceptsBrotli(http.Request))
        {
            path = BrotliPath;
            http.Response.Headers.ContentEncoding = "br";
        }

        http.Response.ContentType = ContentType;
        http.Response.ContentLength = new FileInfo(path).Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.SendFileAsync(path, http.RequestAborted);
    }

    private static bool AcceptsBrotli(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value.Equals("br", StringComparison.OrdinalIgnoreCase) && encoding.Quality is null or > 0);
}
