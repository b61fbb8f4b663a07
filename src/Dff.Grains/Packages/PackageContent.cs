using System.Text.Json;
using Dff.Abstractions.Packages;

namespace Dff.Grains.Packages;

/// <summary>What a package holds, in whatever format it was written.</summary>
public sealed record PackageContent
{
    public string? Note { get; init; }

    public IReadOnlyList<PackageScriptSet> ScriptSets { get; init; } = [];

    public IReadOnlyList<PackageScript> Scripts { get; init; } = [];

    public IReadOnlyList<PackageFunc> Funcs { get; init; } = [];

    /// <summary>Rows of the package parts, by the part's name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> Parts { get; init; } = new Dictionary<string, IReadOnlyList<JsonElement>>();

    public IReadOnlyList<JsonElement> RowsOf(string part) => Parts.GetValueOrDefault(part) ?? [];

    public PackageSummary Summary()
    {
        var counts = new Dictionary<string, int> { ["scriptSets"] = ScriptSets.Count, ["scripts"] = Scripts.Count, ["funcs"] = Funcs.Count };
        foreach (var (part, rows) in Parts) counts[part] = rows.Count;
        return new PackageSummary([.. ScriptSets.Select(set => new PackageSummaryScriptSet(set.Id, set.Title))], counts, Note);
    }
}

public sealed record PackageScriptSet(string Id, string? Title, string? Description, string? Requirements);

/// <param name="PublishVersion">0: it was never published, and the code is its draft.</param>
/// <param name="Code">Null: it was never published, and the package does not tell its draft.</param>
public sealed record PackageScript(string Id, string ScriptSetId, string? Title, string? Description, int PublishVersion, string? Code);

/// <param name="Facts">The function in the shape of <c>exportedAPIFuncs</c>.</param>
public sealed record PackageFunc(string ScriptId, string Name, JsonElement Facts);
