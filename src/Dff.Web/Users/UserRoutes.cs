using System.Text.Json;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Storage.Lists;
using Dff.Storage.Users;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;

namespace Dff.Web.Users;

/// <summary>Users, for those who administer them.</summary>
public sealed class UserRoutes(UserRepository users, IChangeFeed changes, WebOptions options)
{
    public const string Tag = "Users";

    private static readonly Field Username = Field.String("username", 30, 1);
    private static readonly Field Password = Field.String("password", 100);
    private static readonly Field Name = Field.String("name", 50);
    private static readonly Field RoleNames = Field.Array("roles", Field.Enum("role", [.. Roles.Assignable])).OrNull();

    private static readonly Field[] Others =
    [
        Field.String("mobile", 20).OrNull(), Field.String("email", 100).OrNull(), Field.String("customPrivileges", 1000).OrNull().Saying("Comma-separated; they count for the role customUser"),
        Field.Boolean("isDisabled"),
    ];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/users/do/list", "Users", ListAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.UserRead, IsQueryStrict = true, Answer = typeof(UserAnswer), IsList = true,
            Query = new(Field.CommaArray("id"), Field.String("username"), Field.String("name"), Field.Integer("mobile"), Field.Boolean("isDisabled"), Field.String("email")),
        },
        new("GET", "/api/v1/users/{id}/do/get", "A user", GetAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.UserRead, Answer = typeof(UserAnswer), Query = new(ListFields.Picking, ListFields.Kicking),
        },
        new("POST", "/api/v1/users/do/add", "Adds a user", AddAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.UserWrite, Answer = typeof(IdAnswer),
            Description = "Roles need the privilege user_roleSetting, customPrivileges need user_customPrivilege, and nobody can give what they may not do themselves.",
            Body = new(Field.Object("data", [Username.Required(), Password.Required(), Name.Required(), RoleNames.Required(), .. Others]).Required()),
        },
        new("POST", "/api/v1/users/{id}/do/modify", "Changes a user; in force on every node when it answers", ModifyAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.UserWrite, Answer = typeof(IdAnswer),
            Description = "A new password ends the user's sessions. A disabled user is refused as EUserDisabled, by password, token and access key. "
                + "Nobody can disable or demote themselves or the last user with the role sa, or change a user who may do more than they.",
            Body = new(Field.Object("data", [Username, Password, Name, RoleNames, .. Others]).Required()),
        },
        new("GET", "/api/v1/users/{id}/do/delete", "Deletes a user, with sessions and access keys", DeleteAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.UserWrite, Answer = typeof(IdAnswer),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        var result = await users.ListAsync(query, context.Aborted);
        return ListRequest.Answer(context, query, new ListResult<UserAnswer>([.. result.Rows.Select(UserAnswer.Of)], result.TotalCount));
    }

    private async Task<ApiAnswer> GetAsync(ApiContext context)
    {
        var row = await users.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("user", context.Id);
        return ApiAnswer.Of(ListRequest.PickedRow(context, UserAnswer.Of(row)));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var data = context.Data;
        var user = Changed(new UserRow { Id = ShortId.New("u") }, data);
        UserRules.RequireMayBecome(context.User!, null, user);
        try
        {
            await changes.AnnounceAsync(await users.AddAsync(user with { PasswordHash = NewHash(data) }, context.Aborted), context.Aborted);
        }
        catch (DuplicateKeyException)
        {
            throw Duplicated(user.Username);
        }

        return ApiAnswer.Of(new IdAnswer(user.Id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        var (data, actor) = (context.Data, context.User!);
        var known = await users.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("user", context.Id);
        UserRules.RequireMayChange(actor, known);
        // Hashing takes a while, so not while the store is locked for the change.
        var hash = NewHash(data);
        try
        {
            var sequence = await users.ModifyAsync(context.Id, Change, actor.TokenHash, context.Aborted) ?? throw DffException.NotFound("user", context.Id);
            await changes.AnnounceAsync(sequence, context.Aborted);
        }
        catch (DuplicateKeyException)
        {
            throw Duplicated(data.TextOf("username")!);
        }
        catch (LastSuperAdminException)
        {
            throw UserRules.LastSuperAdmin();
        }

        return ApiAnswer.Of(new IdAnswer(context.Id));

        UserRow Change(UserRow before)
        {
            UserRules.RequireMayChange(actor, before);
            var after = Changed(before, data);
            UserRules.RequireMayBecome(actor, before, after);
            return hash is null ? after : after with { PasswordHash = hash };
        }
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        try
        {
            var sequence = await users.DeleteAsync(context.Id, user => UserRules.RequireMayDelete(context.User!, user), context.Aborted) ?? throw DffException.NotFound("user", context.Id);
            await changes.AnnounceAsync(sequence, context.Aborted);
        }
        catch (LastSuperAdminException)
        {
            throw UserRules.LastSuperAdmin();
        }

        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private static UserRow Changed(UserRow user, JsonElement data)
    {
        var username = data.TextOf("username") ?? user.Username;
        if (username != username.Trim()) throw Field.Refused("data.username", "blanks at its ends are not accepted");
        return user with
        {
            Username = username,
            Name = data.TextOf("name") ?? user.Name,
            Mobile = data.TextChange("mobile").Or(user.Mobile),
            Email = data.TextChange("email").Or(user.Email),
            Roles = RolesOf(data) ?? user.Roles,
            CustomPrivileges = data.TextChange("customPrivileges") is { IsSet: true } custom ? CustomOf(custom.Value) : user.CustomPrivileges,
            IsDisabled = data.FlagOf("isDisabled") ?? user.IsDisabled,
        };
    }

    /// <returns>null: not given. Without any role, a user may do nothing but look after themselves.</returns>
    private static string? RolesOf(JsonElement data)
    {
        if (!data.TryGetProperty("roles", out var roles)) return null;
        return roles.ValueKind == JsonValueKind.Null ? "" : string.Join(',', roles.EnumerateArray().Select(role => role.GetString()).Distinct());
    }

    private static string? CustomOf(string? text)
    {
        var privileges = Privileges.Parse(text);
        foreach (var privilege in privileges)
        {
            if (!Privileges.All.Contains(privilege)) throw Field.Refused("data.customPrivileges", $"no such privilege: {privilege}; known are {string.Join(", ", Privileges.All)}");
        }

        return privileges.Count == 0 ? null : string.Join(',', privileges);
    }

    private string? NewHash(JsonElement data)
    {
        if (data.TextOf("password") is not { } password) return null;
        Passwords.RequireLength(password, options.PasswordMinLength, "data.password");
        return Passwords.Hash(password);
    }

    private static DffException Duplicated(string username) =>
        new(ErrorReason.ClientDuplicated, $"data.username: there is a user {username} already", new { field = "data.username", username });
}
