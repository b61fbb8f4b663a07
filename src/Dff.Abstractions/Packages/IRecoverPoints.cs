using Dff.Abstractions.Users;

namespace Dff.Abstractions.Packages;

/// <summary>Dumps of all script sets, scripts and functions, to go back to.</summary>
public interface IRecoverPoints
{
    /// <returns>The ID of the recover point.</returns>
    Task<string> AddAsync(string note, CancellationToken cancellationToken);

    /// <summary>
    /// Makes all script sets and scripts what they were, in one transaction: those that came since go, drafts too; code that has changed becomes a new version.
    /// A recover point of the state before is made first.
    /// </summary>
    /// <returns>The ID of the recover point of the state before.</returns>
    /// <exception cref="Errors.DffException">EClientNotFound; or something that would change is locked by another user. Nothing was changed.</exception>
    Task<string> RecoverAsync(string id, Caller caller, CancellationToken cancellationToken);
}
