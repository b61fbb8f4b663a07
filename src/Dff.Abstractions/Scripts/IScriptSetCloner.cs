using Dff.Abstractions.Users;

namespace Dff.Abstractions.Scripts;

/// <summary>Copies script sets.</summary>
public interface IScriptSetCloner
{
    /// <summary>
    /// Adds a script set with the scripts of another: drafts, and what is published, which is in force on every silo when this answers. What names the scripts from
    /// outside (links, batches, crontab configs) and what the code itself names by the former ID stays with the other.
    /// </summary>
    /// <exception cref="Errors.DffException">EClientNotFound, or EBizCondition.DuplicatedScriptSetID. Nothing was changed.</exception>
    Task CloneAsync(string id, string newId, Caller caller, CancellationToken cancellationToken);
}
