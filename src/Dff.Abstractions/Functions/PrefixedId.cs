namespace Dff.Abstractions.Functions;

/// <summary>IDs of records that callers reach with and without the prefix of their kind: exactly that one first, then the one with the prefix.</summary>
public static class PrefixedId
{
    /// <param name="prefix">Like <c>auln-</c>.</param>
    /// <returns>The ID that this one would hide, or be hidden by; null: none could be.</returns>
    public static string? Shadow(string prefix, string id)
    {
        if (!id.StartsWith(prefix, StringComparison.Ordinal)) return prefix + id;
        return id.Length > prefix.Length ? id[prefix.Length..] : null;
    }
}
