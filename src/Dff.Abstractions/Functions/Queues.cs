namespace Dff.Abstractions.Functions;

/// <summary>Which queue partitions a silo serves, as text in its metadata: <c>1-6,8</c>, or <c>none</c>.</summary>
public static class ServedQueues
{
    /// <summary>The key of the silo metadata.</summary>
    public const string MetadataKey = "queues";

    /// <exception cref="FormatException">The text is neither a list of numbers and ranges nor <c>none</c>.</exception>
    public static IReadOnlySet<int> Parse(string text, int queueCount)
    {
        var queues = new SortedSet<int>();
        if (text.Trim() is "none" or "") return queues;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !int.TryParse(ends[0], out var first) || !int.TryParse(ends[^1], out var last) || first > last || first < 0 || last >= queueCount)
                throw new FormatException($"'{part}' is not a queue 0–{queueCount - 1} or a range of them like 1-6");
            for (var queue = first; queue <= last; queue++) queues.Add(queue);
        }

        return queues;
    }

    public static string Format(IEnumerable<int> queues)
    {
        var text = string.Join(',', queues);
        return text.Length == 0 ? "none" : text;
    }
}
