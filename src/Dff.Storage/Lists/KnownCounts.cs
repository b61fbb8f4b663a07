using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Dapper;

namespace Dff.Storage.Lists;

/// <summary>
/// How many rows large lists have. Counting walks over all of them, for each page again; so a count is remembered for a hundred times as long as it took, and
/// counting takes a hundredth of the time at most. Counts that are quick are always new.
/// </summary>
public sealed class KnownCounts(TimeProvider time)
{
    private const int Capacity = 1000;
    private const int Factor = 100;

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (long Count, long Counted, TimeSpan Life)> _counts = new(StringComparer.Ordinal);

    /// <param name="least">A count below it would change what is answered, so that it is not taken from memory.</param>
    public async Task<long> GetAsync(string sql, DynamicParameters parameters, long least, Func<Task<long>> count)
    {
        var key = KeyOf(sql, parameters);
        if (_counts.TryGetValue(key, out var known) && known.Count >= least && time.GetElapsedTime(known.Counted) < known.Life) return known.Count;
        var began = time.GetTimestamp();
        var rows = await count();
        var took = time.GetElapsedTime(began);
        if (took < Quick)
        {
            _counts.TryRemove(key, out _);
            return rows;
        }

        if (_counts.Count >= Capacity) _counts.Clear();
        _counts[key] = (rows, time.GetTimestamp(), took * Factor < Longest ? took * Factor : Longest);
        return rows;
    }

    private static string KeyOf(string sql, DynamicParameters parameters)
    {
        var key = new StringBuilder(sql);
        foreach (var name in parameters.ParameterNames.Order(StringComparer.Ordinal))
        {
            key.Append('\0').Append(name);
            var value = parameters.Get<object?>(name);
            foreach (var part in value is IEnumerable many and not string ? many : new[] { value }) key.Append('\0').Append(Convert.ToString(part, CultureInfo.InvariantCulture));
        }

        return key.ToString();
    }
}
