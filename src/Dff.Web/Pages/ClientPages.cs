using Microsoft.AspNetCore.Http;

namespace Dff.Web.Pages;

/// <summary>Answers browsers with the web client, wherever no route of the server does.</summary>
internal sealed class ClientPages(RequestDelegate next, ClientFiles files)
{
    // Styles may be inline because the editor and the components set them; scripts may not.
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (http.GetEndpoint() is not null || request.Path.StartsWithSegments("/api") || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))) return next(http);
        var path = request.Path.Value ?? "/";
        if (files.Find(path) is { } file && file != files.Page)
        {
            http.Response.Headers.CacheControl = ClientFiles.IsHashed(path) ? "public, max-age=31536000, immutable" : "no-cache";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return file.SendAsync(http);
        }

        if (files.Page is null && path == "/")
        {
            http.Response.Redirect("/docs");
            return Task.CompletedTask;
        }

        // A page for a missing script would be taken for the script.
        return files.Page is null || ClientFiles.IsHashed(path) ? next(http) : SendPageAsync(http, files.Page);
    }

    private static Task SendPageAsync(HttpContext http, ClientFile page)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return page.SendAsync(http);
    }
}
