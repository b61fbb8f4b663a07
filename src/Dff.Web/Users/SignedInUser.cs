using Dff.Abstractions.Users;
using Dff.Storage.Users;

namespace Dff.Web.Users;

/// <summary>A user as requests see them.</summary>
/// <param name="TokenHash">Of the session the request came by; null where it came by an access key.</param>
public sealed record SignedInUser(string Id, string Username, IReadOnlyList<string> Roles, IReadOnlySet<string> Privileges, string? TokenHash)
{
    public static SignedInUser From(UserRow row, string? tokenHash)
    {
        var roles = Users.Privileges.List(row.Roles);
        return new SignedInUser(row.Id, row.Username, roles, Users.Privileges.Of(roles, row.CustomPrivileges), tokenHash);
    }

    public bool IsAdministrator => Roles.Contains(Users.Roles.SuperAdmin) || Roles.Contains(Users.Roles.Admin);

    public Caller ToCaller() => new(Id, Username, IsAdministrator);
}
