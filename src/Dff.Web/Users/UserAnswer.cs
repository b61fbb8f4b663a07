using Dff.Storage.Users;

namespace Dff.Web.Users;

/// <summary>A user as others see them.</summary>
/// <param name="CustomPrivileges">Comma-separated; they count for the role customUser.</param>
public sealed record UserAnswer(
    long Seq, string Id, string Username, string? Name, string? Mobile, string? Email, string? Markers, IReadOnlyList<string> Roles, string? CustomPrivileges, bool IsDisabled,
    DateTimeOffset CreateTime, DateTimeOffset UpdateTime)
{
    public static UserAnswer Of(UserRow row) => new(
        row.Seq, row.Id, row.Username, row.Name, row.Mobile, row.Email, row.Markers, Privileges.List(row.Roles), row.CustomPrivileges, row.IsDisabled, row.CreateTime, row.UpdateTime);
}

/// <param name="Id">To revoke it by.</param>
/// <param name="Address">Where it was begun from; null for sessions of an older version.</param>
/// <param name="Client">What the client called itself: X-Dff-Client-Id, else User-Agent.</param>
/// <param name="IsCurrent">The session this was asked with.</param>
public sealed record SessionAnswer(string Id, string? Address, string? Client, DateTimeOffset CreateTime, DateTimeOffset LastSeenTime, DateTimeOffset ExpireTime, bool IsCurrent);
