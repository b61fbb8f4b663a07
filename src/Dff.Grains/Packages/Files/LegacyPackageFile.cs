using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Dff.Grains.Packages.Files;

/// <summary>
/// The format of DataFlux Func 1.0: JSON as the one entry of a zip, that in Base64, with spaces to the next multiple of 16 (one at least), by AES-256-CBC with an
/// IV of zeros, in Base64. Its cipher neither hides that two packages are the same nor notices changes; it is there to exchange packages with the original.
/// </summary>
internal static class LegacyPackageFile
{
    private const string Entry = "dataflux-func.json";
    private const int KeyBytes = 32;
    private const int BlockBytes = 16;

    public static byte[] Write(byte[] json, string? password)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry(Entry).Open();
            entry.Write(json);
        }

        var text = Convert.ToBase64String(zip.GetBuffer(), 0, (int)zip.Length);
        var padded = Encoding.ASCII.GetBytes(text.PadRight(((text.Length / BlockBytes) + 1) * BlockBytes));
        using var aes = Cipher(password);
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(aes.EncryptCbc(padded, new byte[BlockBytes], PaddingMode.None)));
    }

    /// <returns>The JSON.</returns>
    /// <exception cref="Abstractions.Errors.DffException">It is none, damaged, too large, or the password is another one.</exception>
    public static JsonElement Read(byte[] file, string? password)
    {
        try
        {
            var cipherText = Convert.FromBase64String(Encoding.ASCII.GetString(file));
            if (cipherText.Length == 0 || cipherText.Length % BlockBytes != 0) throw PackageLimits.Unreadable();
            using var aes = Cipher(password);
            var text = Encoding.Latin1.GetString(aes.DecryptCbc(cipherText, new byte[BlockBytes], PaddingMode.None));
            var entries = LimitedZip.Read(Convert.FromBase64String(text.TrimEnd(' ')));
            return entries.TryGetValue(Entry, out var json) ? JsonDocument.Parse(json, PackageJson.Reading).RootElement : throw PackageLimits.Unreadable();
        }
        catch (Exception error) when (error is FormatException or InvalidDataException or CryptographicException or JsonException)
        {
            throw PackageLimits.Unreadable();
        }
    }

    private static Aes Cipher(string? password)
    {
        var key = new byte[KeyBytes];
        key.AsSpan().Fill((byte)' ');
        var given = Encoding.UTF8.GetBytes(password ?? "");
        given.AsSpan(0, Math.Min(given.Length, KeyBytes)).CopyTo(key);
        var aes = Aes.Create();
        aes.Key = key;
        return aes;
    }
}
