using System.Text.Json.Serialization;

namespace Dff.Storage.Users;

public sealed record UserRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string Username { get; init; } = "";

    [JsonIgnore]
    public string? PasswordHash { get; init; }

    public string? Name { get; init; }

    public string? Mobile { get; init; }

    public string? Email { get; init; }

    public string? Markers { get; init; }

    /// <summary>Comma-separated.</summary>
    public string? Roles { get; init; }

    /// <summary>Comma-separated; they count for the role customUser.</summary>
    public string? CustomPrivileges { get; init; }

    public bool IsDisabled { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}
