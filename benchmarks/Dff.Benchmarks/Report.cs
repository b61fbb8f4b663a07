using System.Globalization;
using System.Text;

namespace Dff.Benchmarks;

/// <summary>What was measured, as the tables of docs/performance.md.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public bool IsMet { get; private set; } = true;

    public void Section(string title, string explanation) => _text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{explanation}\n");

    public void Table(params string[] columns)
    {
        _text.Append(CultureInfo.InvariantCulture, $"\n| {string.Join(" | ", columns)} |\n|{string.Concat(Enumerable.Repeat("---|", columns.Length))}\n");
    }

    public void Row(params string[] cells)
    {
        _text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
        Console.Error.WriteLine(string.Join("  ", cells));
    }

    /// <summary>A cell: the value, and whether it reaches its target.</summary>
    public string AtLeast(double value, double target, string format = "0.00") => Judge(value, value >= target, $"≥ {target.ToString(CultureInfo.InvariantCulture)}", format);

    public string AtMost(double value, double target, string format = "0.00") => Judge(value, value <= target, $"≤ {target.ToString(CultureInfo.InvariantCulture)}", format);

    public string ToMarkdown() =>
        $"""
        # Performance

        Written by `benchmarks/run.sh`; run it to get the figures of your machine. Machines differ and are noisy: the ratios count, which are taken in one run, with what is
        compared taking turns. This run: {Environment.ProcessorCount} cores, {DateTime.UtcNow:yyyy-MM-dd}, load by wrk on the same machine. A figure that misses its target is marked ✗.

        """ + _text;

    private string Judge(double value, bool isMet, string target, string format)
    {
        IsMet &= isMet;
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} ({target}{(isMet ? "" : " ✗")})";
    }
}
