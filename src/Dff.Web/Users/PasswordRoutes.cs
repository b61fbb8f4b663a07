using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage.Users;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Users;

/// <summary>One's own new password. Wrong old ones count as failed sign-ins do, so that a session that somebody else got hold of does not help to guess it.</summary>
public sealed class PasswordRoutes(UserRepository users, SignInGuard guard, CaptchaCheck captcha, ClientAddress addresses, WebOptions options, IChangeFeed changes)
{
    public IEnumerable<ApiRoute> All =>
    [
        new("POST", "/api/v1/auth/do/change-password", "Changes one's own password and ends one's other sessions", ChangeAsync)
        {
            Tag = AuthRoutes.Tag, Access = Access.Session, Answer = typeof(IdAnswer),
            Body = new(
                Field.String("captchaToken", 128).OrNull(),
                Field.String("captcha", 128).OrNull(),
                Field.Object("changePassword", Field.String("oldPassword", 100).Required(), Field.String("newPassword", 100).Required()).Required()),
        },
    ];

    private async Task<ApiAnswer> ChangeAsync(ApiContext context)
    {
        var (user, address) = (context.User!, addresses.Of(context.Http));
        var passwords = context.Body.GetProperty("changePassword");
        Passwords.RequireLength(passwords.TextOf("newPassword")!, options.PasswordMinLength, "changePassword.newPassword");
        guard.RequireAllowed(user.Username, address);
        captcha.Require("changePassword", user.Username, address, context.Body);
        var row = await users.FindAsync(user.Id, context.Aborted) ?? throw DffException.NotFound("user", user.Id);
        if (!Passwords.Verify(passwords.TextOf("oldPassword")!, row.PasswordHash))
        {
            guard.Failed(user.Username, address);
            throw new DffException(ErrorReason.UserPassword, "changePassword.oldPassword: this is not your password", captcha.DetailAfterFailure(user.Username, address));
        }

        guard.Succeeded(user.Username, address);
        var hash = Passwords.Hash(passwords.TextOf("newPassword")!);
        var sequence = await users.ModifyAsync(user.Id, before => before with { PasswordHash = hash }, user.TokenHash, context.Aborted) ?? throw DffException.NotFound("user", user.Id);
        await changes.AnnounceAsync(sequence, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(user.Id));
    }
}
