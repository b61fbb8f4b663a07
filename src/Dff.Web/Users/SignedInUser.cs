using Dff.Abstractions.Users;
using Dff.Storage.Users;

namespace Dff.Web.Users;

/// <summary>A user as requests see them.</summary>
public sealed record SignedInUser(string Id, string Username, IReadOnlyList<string> Roles, IReadOnlySet<string> Privileges, string? TokenHash)
{
    public static SignedInUser From(UserRow row, string? tokenHash)
    {
        var roles = (row.Roles ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new SignedInUser(row.Id, row.Username, roles, Users.Privileges.Of(roles, row.CustomPrivileges), tokenHash);
    }

    public bool IsAdministrator => Roles.Contains(Users.Roles.SuperAdmin) || Roles.Contains(Users.Roles.Admin);

    public Caller ToCaller() => new(Id, Username, IsAdministrator);
}

public static class Roles
{
    public const string SuperAdmin = "sa";
    public const string Admin = "admin";
    public const string User = "user";
    public const string ReadonlyUser = "readonlyUser";
    public const string CustomUser = "customUser";
}

/// <summary>What roles may do.</summary>
public static class Privileges
{
    public const string GeneralRead = "general_r";
    public const string GeneralWrite = "general_w";
    public const string SystemConfigRead = "systemConfig_r";
    public const string SystemConfigWrite = "systemConfig_w";
    public const string Debug = "debug";

    public static IReadOnlyList<string> All { get; } =
    [
        GeneralRead, GeneralWrite, "user_r", "user_w", "user_roleSetting", "user_customPrivilege", "accessKey_r", "accessKey_w", SystemConfigRead, SystemConfigWrite, Debug,
    ];

    public static IReadOnlySet<string> Of(IEnumerable<string> roles, string? custom)
    {
        var privileges = new HashSet<string>(StringComparer.Ordinal);
        foreach (var role in roles)
        {
            privileges.UnionWith(role switch
            {
                Roles.SuperAdmin => All,
                Roles.Admin => All.Except([SystemConfigRead, SystemConfigWrite, Debug]),
                Roles.User => [GeneralRead, GeneralWrite, "user_r"],
                Roles.ReadonlyUser => [GeneralRead, "user_r"],
                Roles.CustomUser => (custom ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                _ => [],
            });
        }

        return privileges;
    }
}
