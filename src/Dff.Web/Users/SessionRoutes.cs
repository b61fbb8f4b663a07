using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Storage.Users;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Users;

/// <summary>Where somebody is signed in, and an end to it.</summary>
public sealed class SessionRoutes(SessionRepository sessions, UserRepository users, IChangeFeed changes, TimeProvider time)
{
    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/auth/sessions/do/list", "One's own sign-ins, the last used first", context => ListAsync(context, context.User!.Id))
        {
            Tag = AuthRoutes.Tag, Access = Access.Session, Answer = typeof(IReadOnlyList<SessionAnswer>), IsQueryStrict = true,
        },
        new("GET", "/api/v1/auth/sessions/{id}/do/delete", "Ends one of one's own sign-ins, on every node", context => EndAsync(context, context.User!.Id, context.Id))
        {
            Tag = AuthRoutes.Tag, Access = Access.Session, Answer = typeof(IdAnswer),
        },
        new("GET", "/api/v1/users/{id}/sessions/do/list", "A user's sign-ins, the last used first", async context => await ListAsync(context, (await ChangeableAsync(context)).Id))
        {
            Tag = UserRoutes.Tag, Access = Access.Session, Privilege = Privileges.UserWrite, Answer = typeof(IReadOnlyList<SessionAnswer>), IsQueryStrict = true,
        },
        new("GET", "/api/v1/users/{id}/sessions/{sessionId}/do/delete", "Ends a user's sign-in, on every node",
            async context => await EndAsync(context, (await ChangeableAsync(context)).Id, context.RouteValue("sessionId")))
        {
            Tag = UserRoutes.Tag, Access = Access.Session, Privilege = Privileges.UserWrite, Answer = typeof(IdAnswer),
        },
    ];

    private async Task<UserRow> ChangeableAsync(ApiContext context)
    {
        var user = await users.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("user", context.Id);
        UserRules.RequireMayChange(context.User!, user);
        return user;
    }

    private async Task<ApiAnswer> ListAsync(ApiContext context, string userId)
    {
        var rows = await sessions.GetOfUserAsync(userId, time.GetUtcNow(), context.Aborted);
        return ApiAnswer.Of(rows.Select(row => new SessionAnswer(
            row.Id, row.Address, row.Client, row.CreateTime, row.LastSeenTime, row.ExpireTime, row.TokenHash == context.User!.TokenHash)).ToList());
    }

    private async Task<ApiAnswer> EndAsync(ApiContext context, string userId, string id)
    {
        var sequence = await sessions.DeleteOfUserAsync(userId, id, context.Aborted) ?? throw DffException.NotFound("session", id);
        await changes.AnnounceAsync(sequence, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(id));
    }
}
