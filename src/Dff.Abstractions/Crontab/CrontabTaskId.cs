using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Dff.Abstractions.Crontab;

/// <summary>The ID of the task that runs a config at a scheduled moment: a moment planned twice cannot become two tasks.</summary>
public static class CrontabTaskId
{
    /// <summary>Width of the ID columns.</summary>
    private const int MaxLength = 64;

    /// <summary>
    /// <c>cron-{config}-{unix seconds}</c>; where that is too long for the column, the config ID is replaced by the first 20 bytes of its SHA-256 in
    /// hexadecimal.
    /// </summary>
    public static string Of(string configId, DateTimeOffset scheduledTime)
    {
        var id = Join(configId, scheduledTime);
        if (id.Length <= MaxLength) return id;
        return Join(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(configId)).AsSpan(0, 20)), scheduledTime);
    }

    private static string Join(string configId, DateTimeOffset scheduledTime) =>
        string.Create(CultureInfo.InvariantCulture, $"cron-{configId}-{scheduledTime.ToUnixTimeSeconds()}");
}
