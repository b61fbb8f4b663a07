using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Packages;

namespace Dff.Grains.Packages.Parts;

/// <summary>
/// A kind of records that packages carry beside script sets, scripts and functions. To add one, implement this and register it as <see cref="IPackagePart"/>;
/// reading, writing, histories and diffs follow.
/// </summary>
public interface IPackagePart
{
    /// <summary>The name of its rows in a package, like <c>envVariables</c>.</summary>
    string Name { get; }

    /// <summary>The rows that go along; without secrets that the API does not answer either.</summary>
    /// <exception cref="Abstractions.Errors.DffException">EClientNotFound: something that was asked for by its ID is not there.</exception>
    Task<IReadOnlyList<JsonObject>> ExportAsync(PackageSelection selection, CancellationToken cancellationToken);

    /// <summary>Checks rows of a package and says which records they are. Changes nothing.</summary>
    /// <exception cref="Abstractions.Errors.DffException">EClientBadRequest naming the row and the field.</exception>
    Task<IReadOnlyList<PartRecord>> CheckAsync(IReadOnlyList<JsonElement> rows, ImportedFunctions functions, CancellationToken cancellationToken);

    /// <summary>Writes checked rows, or has them follow.</summary>
    /// <param name="importId">Of the import history.</param>
    Task WriteAsync(IReadOnlyList<JsonElement> rows, StoreEdit edit, string importId);
}

/// <summary>A part of which something follows when the transaction is committed.</summary>
public interface IFollowedPart : IPackagePart
{
    /// <summary>Carries out what <see cref="StoreEdit.Follow"/> took down. May be done again.</summary>
    /// <exception cref="Abstractions.Errors.DffException">It can never be done; the import history tells.</exception>
    Task FollowAsync(string id, JsonElement row, CancellationToken cancellationToken);
}

/// <param name="Exists">It would be replaced.</param>
public sealed record PartRecord(string Id, string? Title, bool Exists)
{
    /// <summary>What whoever imports it has to see to.</summary>
    public string? Notice { get; init; }
}
