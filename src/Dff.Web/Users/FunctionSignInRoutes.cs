using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Storage;
using Dff.Storage.Connections;
using Dff.Storage.Users;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Functions;

namespace Dff.Web.Users;

/// <summary>Signing in by a function (<c>integration='signIn'</c>), which knows the users of another system: the first time, such a user is added here.</summary>
public sealed class FunctionSignInRoutes(
    IFunctionCatalog functions, FunctionCaller caller, UserRepository users, IChangeFeed changes, SignInGuard guard, CaptchaCheck captchas, ClientAddress addresses, AuthRoutes auth)
{
    public IEnumerable<ApiRoute> All =>
    [
        new("POST", "/api/v1/func/integration/sign-in", "Signs in by a function with integration='signIn', and answers a token", SignInAsync)
        {
            Tag = AuthRoutes.Tag, Access = Access.Public, Answer = typeof(SignInAnswer),
            Description = "The function is called as f(username, password); a true result signs in. A user that is not there yet is added with the role user, and can only sign in by the same function.",
            Body = new(
                Field.String("captchaToken", 128).OrNull(),
                Field.String("captcha", 128).OrNull(),
                Field.Object("signIn", Field.String("funcId", 256).Required(), Field.String("username", 30, 1).Required(), Field.String("password", 100).Required()).Required()),
        },
    ];

    private async Task<ApiAnswer> SignInAsync(ApiContext context)
    {
        var signIn = context.Body.GetProperty("signIn");
        var (funcId, username, password) = (signIn.TextOf("funcId")!, signIn.TextOf("username")!, signIn.TextOf("password")!);
        if (username != username.Trim()) throw Field.Refused("signIn.username", "blanks at its ends are not accepted");
        var function = await functions.FindAsync(funcId, context.Aborted);
        if (function is not { IsSignIn: true }) throw new DffException(ErrorReason.ClientNotFound, $"No such function to sign in by: {funcId}", new { field = "signIn.funcId", funcId });

        // Apart from the users who have a password here: guessing at the one must not lock out the other.
        var (guarded, address) = ($"{funcId} {username}", addresses.Of(context.Http));
        guard.RequireAllowed(guarded, address);
        captchas.Require("signIn", guarded, address, context.Body);
        if (!await PassesAsync(context, function, username, password, guarded, address))
        {
            guard.Failed(guarded, address);
            throw new DffException(ErrorReason.UserPassword, "The user name or the password is wrong", captchas.DetailAfterFailure(guarded, address));
        }

        var user = await FindOrAddAsync(funcId, username, context.Aborted);
        guard.Succeeded(guarded, address);
        return await auth.BeginAsync(context.Http, user.Id, context.Aborted);
    }

    private async Task<bool> PassesAsync(ApiContext context, FunctionFacts function, string username, string password, string guarded, string address)
    {
        var kwargs = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { username, password });
        try
        {
            // Never from the cache: a password that was right a minute ago need not be now.
            var result = await caller.CallAsync(context.Http, function with { CacheResultSeconds = null }, kwargs, CallOptions.None with { HidesArguments = true }, "integration", function.Id);
            return PythonTruth.Of(result.Outcome.Raw);
        }
        catch (DffException error) when (error.Reason == ErrorReason.FuncFailed)
        {
            // A function may also raise what it has against a user, so this counts as a wrong password does.
            guard.Failed(guarded, address);
            throw;
        }
    }

    private async Task<UserRow> FindOrAddAsync(string funcId, string username, CancellationToken cancellationToken)
    {
        var marker = $"signIn:{funcId}";
        var user = await users.FindByNameAsync(username, cancellationToken);
        if (user is null)
        {
            user = new UserRow { Id = ShortId.New("u"), Username = username, Name = username, Roles = Roles.User, Markers = marker };
            try
            {
                await changes.AnnounceAsync(await users.AddAsync(user, cancellationToken), cancellationToken);
                return user;
            }
            catch (DuplicateKeyException)
            {
                user = await users.FindByNameAsync(username, cancellationToken) ?? throw DffException.NotFound("user", username);
            }
        }

        // Whoever writes a function must not become any user by it.
        if (user.Markers != marker) throw new DffException(ErrorReason.User, $"There is a user {username} already who does not sign in by this function", new { field = "signIn.username" });
        return user.IsDisabled ? throw new DffException(ErrorReason.UserDisabled, "This user has been disabled") : user;
    }
}
