namespace Dff.Abstractions.Users;

/// <summary>Who asks for a change.</summary>
/// <param name="MayUnlock">Administrators may remove another user's lock.</param>
[GenerateSerializer, Immutable, Alias("dff.caller")]
public sealed record Caller([property: Id(0)] string UserId, [property: Id(1)] string Username, [property: Id(2)] bool MayUnlock)
{
    /// <summary>The program itself, e.g. when it creates the sample script set.</summary>
    public static Caller System { get; } = new("system", "system", true);
}
