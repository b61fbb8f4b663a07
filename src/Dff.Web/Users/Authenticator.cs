using Dff.Abstractions.Errors;
using Dff.Web.AccessKeys;
using Dff.Web.Contracts;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Users;

/// <summary>Finds out who a request comes from, and whether they may.</summary>
public sealed class Authenticator(Sessions sessions, AccessKeyCheck accessKeys)
{
    public const string TokenHeader = "X-Dff-Auth-Token";
    public const string TokenQuery = "xDFFAuthToken";
    public const string TokenCookie = "xDFFAuthToken";

    /// <exception cref="DffException">EUserAuth, EUserDisabled or EUserPrivilege.</exception>
    public async ValueTask<SignedInUser> RequireAsync(HttpContext http, ApiRoute route)
    {
        var user = await FindAsync(http)
            ?? throw new DffException(ErrorReason.UserAuth, $"Sign in first, and send the token as header {TokenHeader}; or sign the request with an access key");
        if (route.Access == Access.Session && user.TokenHash is null)
            throw new DffException(ErrorReason.UserPrivilege, $"An access key is not enough for this: sign in, and send the token as header {TokenHeader}", new { privilege = Privileges.ByToken });
        if (route.Privilege is { } privilege && !user.Privileges.Contains(privilege))
            throw new DffException(ErrorReason.UserPrivilege, $"This needs the privilege {privilege}", new { privilege });
        return user;
    }

    /// <summary>By token in header or query, or by access key. Never by cookie: deletes are GETs here, and a page elsewhere can make a browser send those.</summary>
    public async ValueTask<SignedInUser?> FindAsync(HttpContext http)
    {
        string? token = http.Request.Headers[TokenHeader];
        if (string.IsNullOrEmpty(token)) token = http.Request.Query[TokenQuery];
        return string.IsNullOrEmpty(token) ? await accessKeys.FindAsync(http) : await sessions.FindAsync(token, http.RequestAborted);
    }

    /// <summary>By cookie, for pages without an effect such as the dashboard.</summary>
    public async ValueTask<SignedInUser?> FindByCookieAsync(HttpContext http) =>
        http.Request.Cookies.TryGetValue(TokenCookie, out var token) && token.Length > 0 ? await sessions.FindAsync(token, http.RequestAborted) : null;
}
