using System.Text.RegularExpressions;
using Dff.Abstractions.Errors;

namespace Dff.Abstractions.Scripts;

/// <summary>The form of script set and script IDs: <c>set</c> and <c>set__name</c>.</summary>
public static partial class ScriptIds
{
    public static string RequireSetId(string id, string field) =>
        id.Length <= 64 && SetPattern().IsMatch(id) && !id.Contains("__", StringComparison.Ordinal)
            ? id
            : throw DffException.BadRequest(field, $"{field}: a script set ID is a letter, then letters, digits and single underscores, at most 64 characters");

    public static string SetOf(string scriptId) => scriptId[..scriptId.IndexOf("__", StringComparison.Ordinal)];

    /// <returns>The ID of the set.</returns>
    public static string RequireScriptId(string id, string field)
    {
        var separator = id.IndexOf("__", StringComparison.Ordinal);
        if (id.Length > 128 || separator <= 0 || !ScriptPattern().IsMatch(id))
            throw DffException.BadRequest(field, $"{field}: a script ID is <script set ID>__<name> of letters, digits and underscores, at most 128 characters");
        return id[..separator];
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex SetPattern();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*?__[A-Za-z0-9_]+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ScriptPattern();
}
