using System.Text.RegularExpressions;
using Dff.Abstractions.Errors;

namespace Dff.Grains.Scripts;

/// <summary>The form of script set and script IDs: <c>set</c> and <c>set__name</c>.</summary>
public static partial class ScriptIds
{
    public static string RequireSetId(string id) =>
        id.Length <= 64 && SetPattern().IsMatch(id) && !id.Contains("__", StringComparison.Ordinal)
            ? id
            : throw DffException.BadRequest("data.id", "data.id: a script set ID is a letter, then letters, digits and single underscores, at most 64 characters");

    /// <returns>The ID of the set.</returns>
    public static string RequireScriptId(string id)
    {
        var separator = id.IndexOf("__", StringComparison.Ordinal);
        if (id.Length > 128 || separator <= 0 || !ScriptPattern().IsMatch(id))
            throw DffException.BadRequest("data.id", "data.id: a script ID is <script set ID>__<name> of letters, digits and underscores, at most 128 characters");
        return id[..separator];
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex SetPattern();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*?__[A-Za-z0-9_]+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ScriptPattern();
}
