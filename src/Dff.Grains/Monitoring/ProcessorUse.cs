using System.Globalization;

namespace Dff.Grains.Monitoring;

/// <summary>How busy the processors were between two readings; the first one speaks of the time since the start.</summary>
public sealed class ProcessorUse(TimeProvider time)
{
    private long _at = time.GetTimestamp();
    private TimeSpan _silo;
    private (long Busy, long All) _machine;

    /// <summary>Percent of one processor that this process used.</summary>
    public double ReadSilo()
    {
        var (now, used) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var passed = time.GetElapsedTime(_at, now);
        var percent = passed > TimeSpan.Zero ? 100 * (used - _silo) / passed : 0;
        (_at, _silo) = (now, used);
        return Math.Round(percent, 2);
    }

    /// <summary>Percent of all processors of the machine that anybody used; null where the system does not tell.</summary>
    public double? ReadMachine()
    {
        if (ReadTicks() is not { } ticks) return null;
        var (busy, all) = (ticks.Busy - _machine.Busy, ticks.All - _machine.All);
        _machine = ticks;
        return all > 0 ? Math.Round(100d * busy / all, 2) : 0;
    }

    private static (long Busy, long All)? ReadTicks()
    {
        try
        {
            // cpu user nice system idle iowait irq softirq steal …; what guests use is in user already.
            var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
                .Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            if (ticks.Length < 5) return null;
            var all = ticks.Sum();
            return (all - ticks[3] - ticks[4], all);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
