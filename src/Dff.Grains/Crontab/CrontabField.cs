using System.Globalization;

namespace Dff.Grains.Crontab;

/// <summary>One of the five fields: what it accepts, and how it is written for Cronos.</summary>
internal sealed record CrontabField(int Number, string Name, int First, int Last, string[] Names)
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static readonly CrontabField[] All =
    [
        new(1, "minute", 0, 59, []), new(2, "hour", 0, 23, []), new(3, "day-of-month", 1, 31, []),
        new(4, "month", 1, 12, Months), new(5, "day-of-week", 0, 7, Days),
    ];

    /// <summary>What the field accepts, for messages.</summary>
    private string Accepted
    {
        get
        {
            var values = Names.Length == 0 ? $"{First}-{Last}" : $"{First}-{Last} or {Names[0].ToUpperInvariant()}-{Names[^1].ToUpperInvariant()}";
            var special = Number switch
            {
                3 => "; alone: last day (L, L-3), nearest working day (15W, LW)",
                5 => "; 0 and 7 are Sunday; alone: last (5L) or nth (5#2) of the month",
                _ => "",
            };
            return $"{values}, * for all, lists (a,b), ranges (a-b), steps (*/n, a-b/n; n up to {MaxStep}){special}";
        }
    }

    private int MaxStep => Number == 5 ? 7 : Last;

    /// <summary>Checks one field of an expression.</summary>
    /// <param name="text">The field as written.</param>
    /// <param name="offset">Where it stands in the expression.</param>
    public Parsed Parse(string text, int offset)
    {
        // As in Vixie cron, a field that begins with * does not restrict the day, even if a step follows.
        var isOpen = text[0] is '*' or '?';
        if (Special(text) is { } special) return new Parsed(special, IsOpen: false, IsInterval: false);
        var items = text.Split(',');
        var written = new List<string>();
        var isInterval = false;
        foreach (var item in items)
        {
            written.Add(ParseItem(item, offset, isAlone: items.Length == 1));
            isInterval |= item.AsSpan().IndexOfAny("*?-/") >= 0;
            offset += item.Length + 1;
        }

        return new Parsed(string.Join(',', written), isOpen, isInterval);
    }

    private string ParseItem(string item, int offset, bool isAlone)
    {
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        var body = slash < 0 ? item : item[..slash];
        var step = slash < 0 ? "" : $"/{ParseStep(item[(slash + 1)..], item, offset)}";
        // Cronos takes no * within a list.
        if (body is "*" or "?") return (isAlone ? "*" : Number == 5 ? "0-6" : $"{First}-{Last}") + step;
        var dash = body.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0) return Written(Value(body, item, offset)) + step;
        var (from, to) = (Value(body[..dash], item, offset), Value(body[(dash + 1)..], item, offset + dash + 1));
        // A range that begins with Sunday as 7 wraps around, e.g. 7-2.
        if (Number == 5 && from == 7) (from, to) = (0, to == 7 ? 0 : to);
        return $"{Written(from)}-{Written(to)}{step}";
    }

    private int Value(string text, string item, int offset)
    {
        var named = Array.FindIndex(Names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (named >= 0) return named + First;
        return Digits(text) is { } value && value >= First && value <= Last ? value : throw Wrong(text.Length == 0 ? item : text, offset);
    }

    private int ParseStep(string text, string item, int offset)
    {
        if (Digits(text) is { } step && step >= 1 && step <= MaxStep) return step;
        throw Wrong(text.Length == 0 ? item : text, offset + item.Length - text.Length);
    }

    /// <summary>Last, nearest and nth days, as Cronos writes them; null: it is none of these.</summary>
    private string? Special(string text)
    {
        text = text.ToUpperInvariant();
        if (Number == 3)
        {
            if (text is "L" or "LW") return text;
            var isNearest = text.EndsWith('W');
            var rest = isNearest ? text[..^1] : text;
            var nearest = isNearest ? "W" : "";
            if (rest.StartsWith("L-", StringComparison.Ordinal)) return Digits(rest[2..]) is { } back and <= 30 ? $"L-{Written(back)}{nearest}" : null;
            return isNearest && Digits(rest) is { } day and >= 1 and <= 31 ? $"{Written(day)}W" : null;
        }

        if (Number != 5) return null;
        if (text.EndsWith('L') && Day(text[..^1]) is { } last) return $"{Written(last)}L";
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        if (hash < 0 || Day(text[..hash]) is not { } nth) return null;
        return Digits(text[(hash + 1)..]) is { } week and >= 1 and <= 5 ? $"{Written(nth)}#{Written(week)}" : null;
    }

    private int? Day(string text)
    {
        var named = Array.FindIndex(Names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return named >= 0 ? named : Digits(text) is { } day and <= 7 ? day % 7 : null;
    }

    private static int? Digits(string text) =>
        text.Length is > 0 and <= 4 && text.All(char.IsAsciiDigit) ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static string Written(int value) => value.ToString(CultureInfo.InvariantCulture);

    private Exception Wrong(string text, int offset) => CrontabError.InField(Number, Name, offset, text, Accepted);

    /// <param name="Written">For Cronos.</param>
    /// <param name="IsOpen">Begins with *: as a field for days it does not restrict them.</param>
    /// <param name="IsInterval">Has *, a range or a step.</param>
    internal sealed record Parsed(string Written, bool IsOpen, bool IsInterval);
}
