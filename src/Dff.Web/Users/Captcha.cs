using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Configuration;

namespace Dff.Web.Users;

/// <summary>Pictures of four digits that a person reads and types; bound to a token that the client made, valid for a while and for one try.</summary>
public sealed class Captcha(WebOptions options, TimeProvider time)
{
    private const int Length = 4;
    private const int MostKept = 20_000;

    // Seven-segment digits as polylines on a 4 × 8 grid; strokes carry no text that a program could read.
    private static readonly string[] Shapes =
    [
        "0,0 4,0 4,8 0,8 0,0", "1,1 2,0 2,8", "0,0 4,0 4,4 0,4 0,8 4,8", "0,0 4,0 4,8 0,8 M 0,4 4,4", "0,0 0,4 4,4 M 4,0 4,8",
        "4,0 0,0 0,4 4,4 4,8 0,8", "4,0 0,0 0,8 4,8 4,4 0,4", "0,0 4,0 1,8", "0,0 4,0 4,8 0,8 0,0 M 0,4 4,4", "4,4 0,4 0,0 4,0 4,8 0,8",
    ];

    private readonly ConcurrentDictionary<string, (string Text, DateTimeOffset Until)> _issued = new(StringComparer.Ordinal);

    /// <returns>An SVG.</returns>
    public string Issue(string category, string token)
    {
        if (_issued.Count > MostKept) _issued.Clear();
        var text = string.Concat(Enumerable.Range(0, Length).Select(_ => (char)('0' + RandomNumberGenerator.GetInt32(10))));
        _issued[Key(category, token)] = (text, time.GetUtcNow().AddSeconds(options.CaptchaExpires));
        return Draw(text);
    }

    public bool Verify(string category, string? token, string? text) =>
        token is not null && _issued.TryRemove(Key(category, token), out var issued) && issued.Until > time.GetUtcNow() && issued.Text == text?.Trim();

    private static string Key(string category, string token) => $"{category}:{token}";

    private static string Draw(string text)
    {
        var svg = new StringBuilder("""<svg xmlns="http://www.w3.org/2000/svg" width="120" height="48" viewBox="0 0 120 48"><rect width="120" height="48" fill="#f4f4f5"/>""");
        for (var index = 0; index < text.Length; index++)
        {
            var (x, y, angle, scale) = (10 + (index * 27) + Next(-3, 4), 8 + Next(-4, 5), Next(-22, 23), 3.2 + (Next(0, 10) / 10.0));
            svg.Append(CultureInfo.InvariantCulture, $"""<path transform="translate({x} {y}) rotate({angle} 7 14) scale({scale})" d="M {Shapes[text[index] - '0']}" """)
                .Append(CultureInfo.InvariantCulture, $"""fill="none" stroke="hsl({Next(0, 360)} 55% 35%)" stroke-width="0.9" stroke-linecap="round" stroke-linejoin="round"/>""");
        }

        for (var line = 0; line < 5; line++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<path d="M {Next(0, 20)} {Next(0, 48)} Q {Next(30, 90)} {Next(-10, 58)} {Next(100, 120)} {Next(0, 48)}" """)
                .Append(CultureInfo.InvariantCulture, $"""fill="none" stroke="hsl({Next(0, 360)} 40% 55%)" stroke-width="1"/>""");
        }

        return svg.Append("</svg>").ToString();
    }

    private static int Next(int from, int to) => RandomNumberGenerator.GetInt32(from, to);
}
