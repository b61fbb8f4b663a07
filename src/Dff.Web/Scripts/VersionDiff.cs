using Dff.Web.Contracts;
using DiffPlex;
using DiffPlex.Renderer;

namespace Dff.Web.Scripts;

/// <param name="Diff">In the unified format; empty where nothing differs.</param>
/// <param name="Added">Lines that are only in the second.</param>
/// <param name="Removed">Lines that are only in the first.</param>
public sealed record VersionDiff(string From, string To, string Diff, int Added, int Removed)
{
    /// <summary>Finding the least difference takes time by the product of lines and differences.</summary>
    private const int MostLines = 10_000;

    public static VersionDiff Of(string from, string fromCode, string to, string toCode, int contextLines)
    {
        if (fromCode == toCode) return new VersionDiff(from, to, "", 0, 0);
        Require("from", fromCode);
        Require("to", toCode);
        var lines = Differ.Instance.CreateLineDiffs(fromCode, toCode, ignoreWhitespace: false);
        var (added, removed) = (lines.DiffBlocks.Sum(block => block.InsertCountB), lines.DiffBlocks.Sum(block => block.DeleteCountA));
        return new VersionDiff(from, to, UnidiffRenderer.GenerateUnidiff(fromCode, toCode, from, to, ignoreWhitespace: false, ignoreCase: false, contextLines), added, removed);
    }

    private static void Require(string field, string code)
    {
        if (code.AsSpan().Count('\n') >= MostLines) throw Field.Refused(field, $"code of more than {MostLines} lines is not compared here; read both versions from script-publish-history");
    }
}
