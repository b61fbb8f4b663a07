using System.Globalization;

namespace Dff.Benchmarks;

internal static class Figures
{
    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <param name="share">0 to 1.</param>
    public static double Quantile(this IReadOnlyCollection<double> values, double share) => values.Order().ElementAt(Math.Min(values.Count - 1, (int)(values.Count * share)));

    public static string Text(this double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Memory of a process and all its descendants: proportional set size, which counts shared pages once.</summary>
    public static IReadOnlyList<(int ProcessId, string Command, double Megabytes)> ProcessTree(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id)) continue;
            if (TryRead($"/proc/{id}/stat") is not { } stat) continue;
            parents[id] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }

        var tree = new List<int> { root };
        for (var index = 0; index < tree.Count; index++) tree.AddRange(parents.Where(entry => entry.Value == tree[index]).Select(entry => entry.Key));
        return [.. tree.Select(id => (id, TryRead($"/proc/{id}/comm")?.Trim() ?? "", Pss(id)))];
    }

    /// <summary>What a process alone has used.</summary>
    public static TimeSpan ProcessorTime(int process)
    {
        using var running = System.Diagnostics.Process.GetProcessById(process);
        return running.TotalProcessorTime;
    }

    private static double Pss(int process)
    {
        var line = TryRead($"/proc/{process}/smaps_rollup")?.Split('\n').FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split([' '], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
