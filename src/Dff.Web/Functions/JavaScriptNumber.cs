using System.Globalization;
using System.Text;

namespace Dff.Web.Functions;

/// <summary>Writes a number alone as JavaScript does, because clients of the original compare the text: 30.0 → 30, 1e21 → 1e+21.</summary>
public static class JavaScriptNumber
{
    /// <param name="json">One JSON value; what is not a number is answered as it is.</param>
    public static ReadOnlyMemory<byte> Rewrite(ReadOnlyMemory<byte> json)
    {
        var span = json.Span;
        if (span.IsEmpty || !(span[0] == '-' || char.IsAsciiDigit((char)span[0]))) return json;
        // A short whole number is written alike everywhere.
        if (span.Length <= 15 && span.IndexOfAnyExcept("-0123456789"u8) < 0) return span is [(byte)'-', (byte)'0'] ? "0"u8.ToArray() : json;
        return double.TryParse(span, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? Encoding.ASCII.GetBytes(Format(number))
            : "null"u8.ToArray();
    }

    /// <summary>Number::toString of ECMAScript: the shortest digits that read back as the same number, with an exponent from 1e21 and below 1e-6.</summary>
    public static string Format(double number)
    {
        if (number == 0) return "0";
        var sign = number < 0 ? "-" : "";
        var (digits, point) = Digits(Math.Abs(number));
        if (point is > 0 and <= 21)
            return sign + (digits.Length <= point ? digits.PadRight(point, '0') : $"{digits[..point]}.{digits[point..]}");
        if (point is > -6 and <= 0) return $"{sign}0.{new string('0', -point)}{digits}";
        var exponent = point - 1;
        var mantissa = digits.Length == 1 ? digits : $"{digits[..1]}.{digits[1..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent)}");
    }

    /// <returns>The significant digits, and where the decimal point stands relative to their begin.</returns>
    private static (string Digits, int Point) Digits(double number)
    {
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = exponentAt < 0 ? shortest : shortest[..exponentAt];
        var exponent = exponentAt < 0 ? 0 : int.Parse(shortest[(exponentAt + 1)..], CultureInfo.InvariantCulture);
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var significant = all.TrimStart('0');
        var point = (dot < 0 ? mantissa.Length : dot) + exponent - (all.Length - significant.Length);
        return (significant.TrimEnd('0'), point);
    }
}
