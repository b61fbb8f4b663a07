using Dff.Abstractions.Configuration;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>Echoes the request's origin where it is allowed; credentials only for origins that are listed by name.</summary>
internal sealed class CorsPolicy
{
    private readonly bool _allowsAll;
    private readonly bool _allowsCredentials;
    private readonly HashSet<string> _listed = new(StringComparer.OrdinalIgnoreCase);

    public CorsPolicy(WebOptions options)
    {
        _allowsAll = options.CorsOrigin.Equals("true", StringComparison.OrdinalIgnoreCase);
        _allowsCredentials = options.CorsCredentials;
        if (!_allowsAll && !options.CorsOrigin.Equals("false", StringComparison.OrdinalIgnoreCase))
            _listed.UnionWith(options.CorsOrigin.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <returns>True: it was a preflight and has been answered.</returns>
    public bool Answer(HttpContext http)
    {
        string? origin = http.Request.Headers.Origin;
        if (string.IsNullOrEmpty(origin)) return false;
        var isListed = _listed.Contains(origin);
        if (!_allowsAll && !isListed) return false;
        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Vary = "Origin";
        headers.AccessControlExposeHeaders = $"X-Trace-Id, X-Request-Cost, X-Result-Cache, {ManyJobs.ManyChanges.InProgressHeader}";
        if (isListed && _allowsCredentials) headers.AccessControlAllowCredentials = "true";
        if (!HttpMethods.IsOptions(http.Request.Method) || !http.Request.Headers.ContainsKey("Access-Control-Request-Method")) return false;
        headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
        headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "600";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
