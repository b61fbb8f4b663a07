using System.Globalization;
using System.Text.Json;

namespace Dff.Abstractions.Configuration;

/// <summary>The configuration keys that a system config of the same ID overrules, on all nodes at once and while they run.</summary>
public static class RunTimeKeys
{
    public const string Concurrency = "_WORKER_CONCURRENCY";
    public const string ConcurrencyByQueue = "_WORKER_CONCURRENCY_MAP";
    public const string RowLimits = "_DBDATA_TABLE_LIMIT_MAP";

    public const int MostProcesses = 1000;

    public static IReadOnlyList<string> All { get; } = [Concurrency, ConcurrencyByQueue, RowLimits];

    /// <exception cref="FormatException">The value cannot be used; the message says why. IDs that are no such key take any value.</exception>
    public static void Require(string id, string value, int queueCount)
    {
        switch (id)
        {
            case Concurrency:
                ParseConcurrency(value);
                break;
            case ConcurrencyByQueue:
                ParseConcurrencyByQueue(value, queueCount);
                break;
            case RowLimits:
                ParseRowLimits(value);
                break;
        }
    }

    public static int ParseConcurrency(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var processes) && processes is >= 1 and <= MostProcesses
            ? processes
            : throw new FormatException($"a whole number from 1 to {MostProcesses} is expected");

    public static IReadOnlyDictionary<int, int> ParseConcurrencyByQueue(string value, int queueCount)
    {
        var map = ParseMap<int>(value, """{"1": 20}""");
        RequireConcurrency(map, queueCount);
        return map;
    }

    public static IReadOnlyDictionary<string, int> ParseRowLimits(string value)
    {
        var map = ParseMap<string>(value, """{"biz_main_batch_task_info": 10000}""");
        LimitedTables.Require(map);
        return map;
    }

    /// <exception cref="FormatException">A queue or a number of processes is out of range.</exception>
    public static void RequireConcurrency(IReadOnlyDictionary<int, int> map, int queueCount)
    {
        foreach (var (queue, processes) in map)
        {
            if (queue < 0 || queue >= queueCount || processes is < 1 or > MostProcesses)
                throw new FormatException($"queue {queue}: {processes} is refused; queues are 0–{queueCount - 1}, processes 1–{MostProcesses}");
        }
    }

    private static Dictionary<TKey, int> ParseMap<TKey>(string value, string example)
        where TKey : notnull
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<TKey, int>>(value) ?? throw new FormatException($"a JSON object like {example} is expected");
        }
        catch (JsonException)
        {
            throw new FormatException($"a JSON object like {example} is expected");
        }
    }
}
