namespace Dff.Web.Users;

/// <param name="XAuthToken">What later requests send as <c>X-Dff-Auth-Token</c>.</param>
public sealed record SignInAnswer(string UserId, string XAuthToken);

/// <summary>The user as they see themselves.</summary>
public sealed record Profile(
    string Id, long Seq, string Username, string? Name, string? Mobile, string? Email, IReadOnlyList<string> Roles, IReadOnlyList<string> Privileges);
