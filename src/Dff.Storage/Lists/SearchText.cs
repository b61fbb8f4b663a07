namespace Dff.Storage.Lists;

/// <summary>The text that a fuzzy search looks through, in lower case because SQLite's own folding knows ASCII only.</summary>
internal static class SearchText
{
    public static string Of(params string?[] texts) => string.Join('\n', texts.Where(text => !string.IsNullOrEmpty(text))).ToLowerInvariant();
}
