using System.Security.Cryptography;

namespace Dff.Storage;

/// <summary>IDs of our own making: a prefix that tells the kind, and 16 random characters (82 bits).</summary>
public static class ShortId
{
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    public static string New(string prefix) => $"{prefix}-{RandomNumberGenerator.GetString(Alphabet, 16)}";

    /// <summary>Of what comes in great numbers: seven more characters in front, by time, so that new ones lie side by side in the indexes of the store.</summary>
    public static string NewOrdered(string prefix, DateTimeOffset now) => string.Create(prefix.Length + 8, (prefix, now.ToUnixTimeMilliseconds()), static (text, given) =>
    {
        given.prefix.CopyTo(text);
        text[given.prefix.Length] = '-';
        var rest = given.Item2;
        for (var index = text.Length - 1; index > given.prefix.Length; index--) (rest, text[index]) = (rest / Alphabet.Length, Alphabet[(int)(rest % Alphabet.Length)]);
    }) + RandomNumberGenerator.GetString(Alphabet, 16);
}
