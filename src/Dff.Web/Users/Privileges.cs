namespace Dff.Web.Users;

public static class Roles
{
    public const string SuperAdmin = "sa";
    public const string Admin = "admin";
    public const string User = "user";
    public const string ReadonlyUser = "readonlyUser";
    public const string CustomUser = "customUser";

    /// <summary>Those that users can be given. There is one with the role sa, the first.</summary>
    public static IReadOnlyList<string> Assignable { get; } = [Admin, User, ReadonlyUser, CustomUser];
}

/// <summary>What roles may do.</summary>
public static class Privileges
{
    public const string GeneralRead = "general_r";
    public const string GeneralWrite = "general_w";
    public const string UserRead = "user_r";
    public const string UserWrite = "user_w";
    public const string UserRoleSetting = "user_roleSetting";
    public const string UserCustomPrivilege = "user_customPrivilege";
    public const string AccessKeyRead = "accessKey_r";
    public const string AccessKeyWrite = "accessKey_w";
    public const string SystemConfigRead = "systemConfig_r";
    public const string SystemConfigWrite = "systemConfig_w";
    public const string Debug = "debug";

    /// <summary>What routes that an access key is not enough for need besides; no role has it, a sign-in does.</summary>
    public const string ByToken = "builtin.byXAuthToken";

    public static IReadOnlyList<string> All { get; } =
    [
        GeneralRead, GeneralWrite, UserRead, UserWrite, UserRoleSetting, UserCustomPrivilege, AccessKeyRead, AccessKeyWrite, SystemConfigRead, SystemConfigWrite, Debug,
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
                Roles.User => [GeneralRead, GeneralWrite, UserRead],
                Roles.ReadonlyUser => [GeneralRead, UserRead],
                Roles.CustomUser => Parse(custom),
                _ => [],
            });
        }

        return privileges;
    }

    /// <summary>Comma-separated names; the later generation calls systemConfig systemSetting.</summary>
    public static IReadOnlyList<string> Parse(string? custom) =>
        [.. List(custom).Select(name => name.Replace("systemSetting_", "systemConfig_", StringComparison.Ordinal)).Distinct()];

    public static IReadOnlyList<string> List(string? commaSeparated) => (commaSeparated ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
