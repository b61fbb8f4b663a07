using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Abstractions.Users;

namespace Dff.Grains.Scripts;

/// <summary>A lock keeps other users from changing; its owner and, to remove it, administrators may.</summary>
internal static class Locks
{
    public static bool Excludes(string? lockedBy, Caller caller) => lockedBy is not null && lockedBy != caller.UserId;

    /// <param name="isOnlyUnlock">The change does nothing but remove the lock.</param>
    public static void Require(string? lockedBy, Caller caller, string subReason, string what, bool isOnlyUnlock = false)
    {
        if (!Excludes(lockedBy, caller) || caller.UserId == Caller.System.UserId || (isOnlyUnlock && caller.MayUnlock)) return;
        throw DffException.Condition(subReason, $"{what} is locked by another user; ask them to unlock it", new { lockedByUserId = lockedBy });
    }

    public static string? After(string? lockedBy, Change<bool> isLocked, Caller caller) =>
        !isLocked.IsSet ? lockedBy : isLocked.Value ? caller.UserId : null;
}
