using System.Globalization;
using System.Security.Cryptography;
using Dff.Abstractions.Errors;

namespace Dff.Web.Users;

/// <summary>Password hashes: PBKDF2-HMAC-SHA256 as <c>pbkdf2-sha256$rounds$salt$hash</c>, so that the rounds can be raised later.</summary>
public static class Passwords
{
    private const string Scheme = "pbkdf2-sha256";
    private const int Rounds = 600_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    // Compared against when there is no such user, so that the answer takes as long. It is no password's hash.
    private static readonly string NobodysHash = Format(RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(HashBytes));

    public static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, Rounds, HashAlgorithmName.SHA256, HashBytes);
        return Format(salt, hash);
    }

    /// <exception cref="DffException">EClientBadRequest.</exception>
    public static void RequireLength(string password, int least, string field)
    {
        if (password.Length < least) throw DffException.BadRequest(field, $"{field}: at least {least} characters are expected");
    }

    /// <param name="hash">null: there is no such user; the work is done all the same.</param>
    public static bool Verify(string password, string? hash)
    {
        var parts = (hash ?? NobodysHash).Split('$');
        if (parts.Length != 4 || parts[0] != Scheme || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var rounds)) return false;
        var expected = Convert.FromBase64String(parts[3]);
        var actual = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(parts[2]), rounds, HashAlgorithmName.SHA256, expected.Length);
        return CryptographicOperations.FixedTimeEquals(actual, expected) && hash is not null;
    }

    private static string Format(byte[] salt, byte[] hash) =>
        $"{Scheme}${Rounds.ToString(CultureInfo.InvariantCulture)}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}";
}
