using Cronos;

namespace Dff.Grains.Crontab;

/// <summary>
/// A crontab expression: minute, hour, day of month, month, day of week, or a macro such as <c>@hourly</c>.
/// Where both days are restricted, a day matches that fits either, as in Vixie cron; a day field that begins with <c>*</c> does not restrict.
/// </summary>
public sealed class CrontabExpression
{
    internal const string Accepted =
        "five fields (minute hour day-of-month month day-of-week), or one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly";

    private const int MaxLength = 256;

    private static readonly Dictionary<string, string> Macros = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
        ["@monthly"] = "0 0 1 * *",
        ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@hourly"] = "0 * * * *",
    };

    private CrontabExpression(string text, bool isInterval, WallClockMoments moments)
    {
        Text = text;
        IsInterval = isInterval;
        Moments = moments;
    }

    /// <summary>As given, with single spaces; a macro in lower case.</summary>
    public string Text { get; }

    /// <summary>Minute or hour has *, a range or a step: such an expression runs in both hours when the clock is set back.</summary>
    internal bool IsInterval { get; }

    internal WallClockMoments Moments { get; }

    /// <summary>Throws EClientBadRequest.InvalidCronTabExpression, whose message and detail say where and what is accepted.</summary>
    public static CrontabExpression Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw CrontabError.Whole($"A crontab expression has at most {MaxLength} characters; this has {text.Length}", MaxLength, "");
        }

        var words = Words(text);
        if (words.Count == 0) throw CrontabError.Whole($"The crontab expression is empty; accepted are {Accepted}", 0, "");
        if (words[0].Text[0] == '@') return ParseMacro(words);
        if (words.Count != CrontabField.All.Length) throw WrongCount(text, words);
        var fields = CrontabField.All.Select((field, i) => field.Parse(words[i].Text, words[i].Offset)).ToArray();
        return Create(string.Join(' ', words.Select(word => word.Text)), fields);
    }

    private static CrontabExpression ParseMacro(List<(string Text, int Offset)> words)
    {
        var (macro, offset) = words[0];
        if (!Macros.TryGetValue(macro, out var fields))
        {
            throw CrontabError.Whole($"'{macro}' at offset {offset} is no crontab macro; accepted are {Accepted}", offset, macro);
        }

        if (words.Count > 1)
        {
            throw CrontabError.Whole($"Nothing may follow {macro}, but '{words[1].Text}' does at offset {words[1].Offset}", words[1].Offset, words[1].Text);
        }

        return Create(macro.ToLowerInvariant(), CrontabField.All.Zip(fields.Split(' '), (field, text) => field.Parse(text, 0)).ToArray());
    }

    private static CrontabExpression Create(string text, CrontabField.Parsed[] fields)
    {
        var (minute, hour, day, month, weekday) = (fields[0].Written, fields[1].Written, fields[2].Written, fields[3].Written, fields[4].Written);
        // Cronos lets a day match that fits both.
        string[] parts = fields[2].IsOpen || fields[4].IsOpen
            ? [$"{minute} {hour} {day} {month} {weekday}"]
            : [$"{minute} {hour} {day} {month} *", $"{minute} {hour} * {month} {weekday}"];
        var moments = new WallClockMoments([.. parts.Select(part => CronExpression.Parse(part))], CronExpression.Parse($"{minute} {hour} * * *"));
        if (moments.AtOrAfter(new DateTime(2000, 1, 1)) is null)
        {
            throw CrontabError.Whole($"The crontab expression '{text}' never fires: no year has such a day", 0, text);
        }

        return new CrontabExpression(text, fields[0].IsInterval || fields[1].IsInterval, moments);
    }

    private static Exception WrongCount(string text, List<(string Text, int Offset)> words)
    {
        var message = $"A crontab expression has five fields (minute hour day-of-month month day-of-week); this has {words.Count}";
        if (words.Count < 5) return CrontabError.Whole($"{message}: '{text.Trim()}'", text.Length, "");
        var (extra, offset) = words[5];
        return CrontabError.Whole(
            $"{message}: '{extra}' at offset {offset} is too much. Fields for seconds or years are not accepted; a minute is the finest step",
            offset,
            extra);
    }

    private static List<(string Text, int Offset)> Words(string text)
    {
        var words = new List<(string, int)>();
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at])) at++;
            if (at > start) words.Add((text[start..at], start));
            at++;
        }

        return words;
    }
}
