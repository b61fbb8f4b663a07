using Dff.Abstractions.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;

namespace Dff.Web.Api;

/// <summary>Routes of the original that its clients may ask for and that are not there: they are told so, which is another thing than a wrong path. <c>docs/migrating.md</c> lists them.</summary>
internal static class UnsupportedRoutes
{
    private static readonly string[] Patterns =
    [
        "func-caches/{**rest}", "system-settings/{**rest}", "system-report", "detailed-redis-report",
        "monitor/abnormal-requests/{type}/do/list", "metrics", "do/proxy", "python-packages/{**rest}", "resources/{**rest}", "file-services/{**rest}", "fs/{**rest}",
        "script-markets/{**rest}", "script-sets/{id}/do/deploy",
    ];

    private static readonly TemplateMatcher[] Matchers = [.. Patterns.Select(pattern => new TemplateMatcher(new RouteTemplate(RoutePatternFactory.Parse("api/v1/" + pattern)), []))];

    /// <summary>What to answer for a path that no route has.</summary>
    public static DffException Missing(HttpRequest request)
    {
        var detail = new { method = request.Method, path = request.Path.Value };
        return Matchers.Any(matcher => matcher.TryMatch(request.Path, []))
            ? new DffException(ErrorReason.ClientUnsupported, "This route of the original is not there yet; docs/migrating.md says which are", detail) { Status = StatusCodes.Status501NotImplemented }
            : new DffException(ErrorReason.ClientNotFound, "No such route", detail);
    }
}
