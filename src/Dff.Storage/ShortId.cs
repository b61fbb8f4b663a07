using System.Security.Cryptography;

namespace Dff.Storage;

/// <summary>IDs of our own making: a prefix that tells the kind, and 16 random characters (82 bits).</summary>
public static class ShortId
{
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    public static string New(string prefix) => $"{prefix}-{RandomNumberGenerator.GetString(Alphabet, 16)}";
}
