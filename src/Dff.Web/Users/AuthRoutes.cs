using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage.Users;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Users;

/// <summary>Signing in and out, and one's own profile.</summary>
public sealed class AuthRoutes(Sessions sessions, UserRepository users, SignInGuard guard, Captcha captcha, CaptchaCheck captchas, ClientAddress addresses, WebOptions options, IChangeFeed changes, Authenticator authenticator)
{
    public const string Tag = "Sign-in";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/captcha/do/get", "A captcha picture for a token that the client made", CaptchaAsync)
        {
            Tag = Tag, Access = Access.Public, Raw = new RawAnswer("image/svg+xml", """<svg xmlns="http://www.w3.org/2000/svg" width="120" height="48" viewBox="0 0 120 48">…</svg>"""),
            Query = new(Field.Enum("captchaCategory", "signIn", "changePassword").Required(), Field.String("captchaToken", 128).Required()),
        },
        new("POST", "/api/v1/auth/do/sign-in", "Signs in and answers a token", SignInAsync)
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(SignInAnswer),
            Body = new(
                Field.String("captchaToken", 128).OrNull(),
                Field.String("captcha", 128).OrNull(),
                Field.Object("signIn", Field.String("username", 30).Required(), Field.String("password", 100).Required()).Required()),
        },
        new("GET", "/api/v1/auth/do/sign-out", "Revokes the token it is called with", SignOutAsync) { Tag = Tag, Access = Access.Public, Answer = typeof(void) },
        new("GET", "/api/v1/auth/profile/do/get", "The signed-in user", GetProfileAsync) { Tag = Tag, Answer = typeof(Profile) },
        new("POST", "/api/v1/auth/profile/do/modify", "Changes one's own name and contact", ModifyProfileAsync)
        {
            Tag = Tag, Access = Access.Session, Answer = typeof(IdAnswer),
            Body = new(Field.Object("data", Field.String("name", 50), Field.String("mobile", 20).OrNull(), Field.String("email", 50).OrNull()).Required()),
        },
    ];

    private Task<ApiAnswer> CaptchaAsync(ApiContext context)
    {
        var picture = captcha.Issue(context.Query("captchaCategory")!, context.Query("captchaToken")!);
        return Task.FromResult(ApiAnswer.OfRaw(http =>
        {
            http.Response.ContentType = "image/svg+xml";
            http.Response.Headers.CacheControl = "no-store";
            return http.Response.WriteAsync(picture);
        }));
    }

    private async Task<ApiAnswer> SignInAsync(ApiContext context)
    {
        var signIn = context.Body.GetProperty("signIn");
        var (username, password) = (signIn.TextOf("username")!, signIn.TextOf("password")!);
        var address = addresses.Of(context.Http);
        guard.RequireAllowed(username, address);
        captchas.Require("signIn", username, address, context.Body);
        var user = await users.FindByNameAsync(username, context.Aborted);
        if (!Passwords.Verify(password, user?.PasswordHash))
        {
            guard.Failed(username, address);
            throw new DffException(ErrorReason.UserPassword, "The user name or the password is wrong", captchas.DetailAfterFailure(username, address));
        }

        if (user!.IsDisabled) throw new DffException(ErrorReason.UserDisabled, "This user has been disabled");
        guard.Succeeded(username, address);
        return await BeginAsync(context.Http, user.Id, context.Aborted);
    }

    /// <summary>The token goes into the answer, and into a cookie that only pages without an effect accept.</summary>
    public async Task<ApiAnswer> BeginAsync(HttpContext http, string userId, CancellationToken cancellationToken)
    {
        var token = await sessions.BeginAsync(userId, addresses.Of(http), RequestClient.NameOf(http), cancellationToken);
        http.Response.Cookies.Append(Authenticator.TokenCookie, token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = http.Request.IsHttps,
            MaxAge = TimeSpan.FromSeconds(options.AuthExpires),
        });
        return ApiAnswer.Of(new SignInAnswer(userId, token));
    }

    private async Task<ApiAnswer> SignOutAsync(ApiContext context)
    {
        if (await authenticator.FindAsync(context.Http) is { TokenHash: { } hash })
        {
            await sessions.EndAsync(hash, context.Aborted);
            context.Http.Response.Cookies.Delete(Authenticator.TokenCookie);
        }

        return ApiAnswer.Empty;
    }

    private async Task<ApiAnswer> GetProfileAsync(ApiContext context)
    {
        var row = await users.FindAsync(context.User!.Id, context.Aborted) ?? throw DffException.NotFound("user", context.User.Id);
        return ApiAnswer.Of(new Profile(row.Id, row.Seq, row.Username, row.Name, row.Mobile, row.Email, context.User.Roles, [.. context.User.Privileges.Order(StringComparer.Ordinal)]));
    }

    private async Task<ApiAnswer> ModifyProfileAsync(ApiContext context)
    {
        var (id, data) = (context.User!.Id, context.Data);
        var sequence = await users.ModifyAsync(
            id,
            row => row with { Name = data.TextOf("name") ?? row.Name, Mobile = data.TextChange("mobile").Or(row.Mobile), Email = data.TextChange("email").Or(row.Email) },
            context.User.TokenHash,
            context.Aborted) ?? throw DffException.NotFound("user", id);
        await changes.AnnounceAsync(sequence, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(id));
    }
}
