using Dff.Storage.ApiAuths;

namespace Dff.Grains.Packages.Parts;

/// <summary>What callers must prove is no part of a package, and no import takes it away.</summary>
public sealed class ImportedApiAuth(ApiAuthRepository apiAuths)
{
    /// <summary>What is here keeps its own. What comes new with an API authentication that is not known here must not be open to everybody: it comes disabled.</summary>
    /// <param name="isHere">There is a link or batch of this ID already.</param>
    public async Task<(string? ApiAuthId, bool IsDisabled)> SettleAsync(bool isHere, string? own, string? given, bool isDisabled)
    {
        if (isHere) return (own, isDisabled);
        if (given is null || await apiAuths.FindAsync(given, CancellationToken.None) is not null) return (given, isDisabled);
        return (null, true);
    }
}
