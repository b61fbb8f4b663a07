namespace Dff.Silo.Tests.Contract;

/// <summary>A route of the 1.0 generation as <c>routes.txt</c> has it.</summary>
internal sealed record ContractRoute(string Method, string Path, IReadOnlyList<string> Traits, IReadOnlyList<ContractField> Fields)
{
    private const string Sort = "sort=";

    public string Name => $"{Method} {Path}";

    /// <summary>Fields that its list can be sorted by.</summary>
    public IReadOnlyList<string> Sorts => [.. Traits.Where(trait => trait.StartsWith(Sort, StringComparison.Ordinal)).SelectMany(trait => trait[Sort.Length..].Split(','))];

    /// <summary>Query values that its traits stand for.</summary>
    public IEnumerable<string> TraitFields => Traits.SelectMany(trait => trait switch
    {
        "paging" => ["pageNumber", "pageSize"],
        "marker" => ["pageMarker", "pageSize"],
        "fuzzy" => ["_fuzzySearch"],
        "fulltext" => ["_fulltextSearch"],
        "export" or "fieldPicking" or "fieldKicking" => (string[])[trait],
        _ when trait.StartsWith(Sort, StringComparison.Ordinal) => ["orderBy", "orderMethod", "sort"],
        _ => throw new InvalidDataException($"routes.txt: what is {trait}?"),
    });

    public static IReadOnlyList<ContractRoute> Read()
    {
        var routes = new List<ContractRoute>();
        foreach (var line in ContractFile.Lines("routes"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line.StartsWith(' ')) ((List<ContractField>)routes[^1].Fields).Add(ContractField.Of(words));
            else routes.Add(new ContractRoute(words[0], words[1], words[2..], new List<ContractField>()));
        }

        return routes;
    }
}

/// <param name="Place">query or body.</param>
/// <param name="Path">Like <c>data.roles[]</c>.</param>
/// <param name="Limits">Like <c>max-length</c> → <c>30</c>; <c>null</c> where null may be sent.</param>
internal sealed record ContractField(string Place, string Path, bool IsRequired, string Type, IReadOnlyDictionary<string, string> Limits)
{
    public static ContractField Of(string[] words) => new(
        words[0], words[1].TrimEnd('*'), words[1].EndsWith('*'), words[2], words[3..].Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[^1]));
}

internal static class ContractFile
{
    public static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(typeof(ContractFile).Assembly.GetManifestResourceStream(name)!);
        return [.. reader.ReadToEnd().Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0 && !line.StartsWith('#'))];
    }
}
