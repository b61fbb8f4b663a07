using Dff.Abstractions.Errors;
using Dff.Storage.Users;

namespace Dff.Web.Users;

/// <summary>Who may make what of whom: nobody gains by it more than they have, and nobody locks themselves out.</summary>
internal static class UserRules
{
    /// <summary>Who can set a user's password can become that user, so they must be allowed at least as much.</summary>
    /// <exception cref="DffException">EUserPrivilege.</exception>
    public static void RequireMayChange(SignedInUser actor, UserRow user)
    {
        if (actor.Id == user.Id) return;
        var missing = PrivilegesOf(user).Except(actor.Privileges).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
            throw new DffException(ErrorReason.UserPrivilege, $"{user.Username} may do what you may not ({string.Join(", ", missing)}), so you cannot change this user", new { privileges = missing });
    }

    /// <param name="before">null: the user is new.</param>
    /// <exception cref="DffException">EUserPrivilege or EBizCondition.</exception>
    public static void RequireMayBecome(SignedInUser actor, UserRow? before, UserRow after)
    {
        if (!Same(before?.Roles, after.Roles)) Require(actor, Privileges.UserRoleSetting, "data.roles");
        if (!Same(before?.CustomPrivileges, after.CustomPrivileges)) Require(actor, Privileges.UserCustomPrivilege, "data.customPrivileges");
        var gained = PrivilegesOf(after).Except(before is null ? [] : PrivilegesOf(before)).ToList();
        var beyond = gained.Except(actor.Privileges).Order(StringComparer.Ordinal).ToList();
        if (beyond.Count > 0) throw new DffException(ErrorReason.UserPrivilege, $"You cannot give what you may not do yourself: {string.Join(", ", beyond)}", new { privileges = beyond });
        if (before is null || actor.Id != before.Id) return;
        if (after.IsDisabled) throw DffException.Condition("LockingOneselfOut", "data.isDisabled: you cannot disable yourself; ask another administrator", new { field = "data.isDisabled" });
        var lost = PrivilegesOf(before).Except(PrivilegesOf(after)).Order(StringComparer.Ordinal).ToList();
        if (lost.Count > 0) throw DffException.Condition("LockingOneselfOut", $"You cannot take privileges from yourself ({string.Join(", ", lost)}); ask another administrator", new { privileges = lost });
    }

    /// <exception cref="DffException">EUserPrivilege or EBizCondition.</exception>
    public static void RequireMayDelete(SignedInUser actor, UserRow user)
    {
        if (actor.Id == user.Id) throw DffException.Condition("LockingOneselfOut", "You cannot delete yourself; ask another administrator");
        RequireMayChange(actor, user);
    }

    public static DffException LastSuperAdmin() => DffException.Condition("LastSuperAdmin", "Nobody could administer the system any more: this is the last enabled user with the role sa");

    private static IReadOnlySet<string> PrivilegesOf(UserRow user) => Privileges.Of(Privileges.List(user.Roles), user.CustomPrivileges);

    private static bool Same(string? one, string? other) => Privileges.List(one).Order(StringComparer.Ordinal).SequenceEqual(Privileges.List(other).Order(StringComparer.Ordinal));

    private static void Require(SignedInUser actor, string privilege, string field)
    {
        if (!actor.Privileges.Contains(privilege)) throw new DffException(ErrorReason.UserPrivilege, $"{field}: this needs the privilege {privilege}", new { privilege, field });
    }
}
