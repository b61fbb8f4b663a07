using System.Globalization;
using System.Text;

namespace Dff.Silo.Tests.Fuzzing;

/// <summary>Values that programs stumble over.</summary>
internal static class OddValues
{
    /// <summary>Texts as they stand between the quotes of a JSON string.</summary>
    private static readonly string[] Texts =
    [
        "", " ", "\\u0000", "a\\u0000b", "\\ud800", "\\udc00\\ud800", "\\uffff", "\\u200b", "\\u202e", "\\ufeff", "😀", "👩‍👩‍👧‍👦", "e\\u0301", "İıſß", "ﷺ", "\\n\\r\\t", "\\\\", "\\\"", "'", "' OR 1=1 --",
        "%", "_", "%00", "../../../../etc/passwd", "..", ".", "/", "\\\\\\\\server\\\\share", "a__b", "a__b.c", "a.b.c", "__", "_ALL", "_NULL", "null", "NaN", "true", "-1", "1e9", "0x10",
        "9999-99-99T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999+14:00", "2024-02-30", "* * * * *", "61 * * * *", "*/0 * * * *", "0 0 31 2 *", "${7*7}", "{{7*7}}", "<script>", "a,b,,c",
        "=cmd()", "http://[::1", "http://127.0.0.1:99999/", "file:///etc/passwd", "Etc/Nowhere", "FROM_PARAMETER", "df_", "sys", "é", "A", "a ", "CON",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "1.5", "2147483647", "2147483648", "-2147483649", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
        "123456789012345678901234567890", "1e308", "1e309", "-1e999", "1e-999", "0.1e1", "1E400000000",
    ];

    private static readonly string[] InPaths =
    [
        "%00", "a%00b", "%ff%fe", "%c0%af", "%ed%a0%80", "%2e%2e%2f%2e%2e", "..%5c", "%2F", "%252F", "%20", "+", ";", "a;b=c", "%0d%0aX-A:b", "%F0%9F%98%80", "%E2%80%AE", "%", "%zz", "%u0041", "~", "*", "-", "0", "-1",
        "99999999999999999999", "a__b", "a__b.c", "_ALL", "null", "%27", "%22", "%3Cx%3E", "%7B%7D", "$", "(", "@",
    ];

    public static string Text(Random random) => random.Next(12) switch
    {
        0 => Long(random, "x"),
        1 => Long(random, "ü😀"),
        _ => Texts[random.Next(Texts.Length)],
    };

    public static string Json(Random random) => random.Next(10) switch
    {
        0 => "null",
        1 => random.Next(2) == 0 ? "true" : "false",
        2 or 3 => Numbers[random.Next(Numbers.Length)],
        4 => random.Next(2) == 0 ? "[]" : "{}",
        5 => Nested(random),
        6 => $"{{\"{Text(random)}\":{Numbers[random.Next(Numbers.Length)]},\"__proto__\":[1,\"{Text(random)}\"]}}",
        7 => $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 400)).Select(number => number.ToString(CultureInfo.InvariantCulture)))}]",
        _ => $"\"{Text(random)}\"",
    };

    /// <summary>A part of a path, or a value of a query, as it stands in the request.</summary>
    public static string InUrl(Random random) => random.Next(10) switch
    {
        0 => new string('a', random.Next(2) == 0 ? 513 : 5000),
        1 => Uri.EscapeDataString(new string('ü', 200)),
        _ => InPaths[random.Next(InPaths.Length)],
    };

    private static string Long(Random random, string piece) => new StringBuilder().Insert(0, piece, ((int[])[65, 257, 4097, 70_000])[random.Next(4)]).ToString();

    private static string Nested(Random random)
    {
        var depth = ((int[])[20, 61, 200, 590, 700])[random.Next(5)];
        return random.Next(2) == 0
            ? new string('[', depth) + new string(']', depth)
            : new StringBuilder().Insert(0, "{\"a\":", depth).Append('1').Append('}', depth).ToString();
    }
}
