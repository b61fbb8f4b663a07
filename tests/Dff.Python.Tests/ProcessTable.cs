using System.Globalization;
using System.Runtime.InteropServices;

namespace Dff.Python.Tests;

/// <summary>The machine's processes as /proc shows them.</summary>
public static partial class ProcessTable
{
    public static IReadOnlyList<int> ChildrenOf(int processId) => [.. All().Where(process => process.Parent == processId).Select(process => process.Id)];

    public static IReadOnlyList<int> DescendantsOf(int processId)
    {
        var all = All().ToLookup(process => process.Parent, process => process.Id);
        List<int> found = [], pending = [processId];
        while (pending.Count > 0)
        {
            var children = pending.SelectMany(parent => all[parent]).ToList();
            found.AddRange(children);
            pending = children;
        }

        return found;
    }

    /// <summary>Not even a zombie of it is left, or somebody else has its number.</summary>
    public static bool IsGone(int processId) => !All().Any(process => process.Id == processId);

    public static void Kill(int processId) => SendSignal(processId, 9);

    public static void Stop(int processId) => SendSignal(processId, 19);

    private static IEnumerable<(int Id, int Parent)> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            string stat;
            try
            {
                stat = File.ReadAllText($"{directory}/stat");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            // The command's name stands in brackets and may hold anything.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] != "Z") yield return (id, int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
