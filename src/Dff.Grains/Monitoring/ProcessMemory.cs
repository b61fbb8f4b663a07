using System.Globalization;

namespace Dff.Grains.Monitoring;

/// <summary>Memory as the system counts it.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident bytes of these processes; those that have just gone count nothing.</summary>
    public static long ResidentBytes(IEnumerable<int> processIds) => processIds.Sum(ResidentBytes);

    /// <summary>Percent of the machine's memory that is in use; null where the system does not tell.</summary>
    public static double? MachinePercent()
    {
        try
        {
            var facts = File.ReadLines("/proc/meminfo").Take(8).Select(line => line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts.Length > 1)
                .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
            return facts.TryGetValue("MemTotal", out var total) && facts.TryGetValue("MemAvailable", out var available) && total > 0 ? Math.Round(100 * (total - available) / total, 2) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    private static long ResidentBytes(int processId)
    {
        try
        {
            var pages = File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/statm").Split(' ');
            return pages.Length > 1 ? long.Parse(pages[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0;
        }
    }
}
