using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Dff.Grains.Packages.Files;

/// <summary>
/// Our format: a zip with <c>manifest.json</c> and one <c>.py</c> file a script, which anybody can look into. With a password: a mark, salt, nonce and tag, and
/// the zip by AES-256-GCM under a PBKDF2 key, so that a change is noticed. The number of rounds belongs to the mark and is not read from the file.
/// </summary>
internal static class OwnPackageFile
{
    private const string ManifestEntry = "manifest.json";
    private const int Rounds = 600_000;
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private static ReadOnlySpan<byte> Mark => "DFFPKG1\n"u8;

    private static ReadOnlySpan<byte> ZipMark => "PK\u0003\u0004"u8;

    private static int HeadBytes => Mark.Length + SaltBytes + NonceBytes + TagBytes;

    public static bool Is(ReadOnlySpan<byte> file) => IsSealed(file) || file.StartsWith(ZipMark);

    /// <param name="codeOf">Code of scripts by their IDs.</param>
    public static byte[] Write(byte[] manifest, IEnumerable<KeyValuePair<string, string>> codeOf, string? password)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, ManifestEntry, manifest);
            foreach (var (scriptId, code) in codeOf) Add(archive, EntryOf(scriptId), Encoding.UTF8.GetBytes(code));
        }

        return string.IsNullOrEmpty(password) ? zip.ToArray() : Seal(zip.ToArray(), password);
    }

    /// <returns>The manifest, and the code of scripts by their IDs.</returns>
    /// <exception cref="Abstractions.Errors.DffException">It is none, damaged, too large, or the password is another one.</exception>
    public static (JsonElement Manifest, Func<string, string?> CodeOf) Read(byte[] file, string? password)
    {
        try
        {
            var entries = LimitedZip.Read(IsSealed(file) ? Open(file, password) : file);
            if (!entries.TryGetValue(ManifestEntry, out var manifest)) throw PackageLimits.Unreadable();
            return (JsonDocument.Parse(manifest, PackageJson.Reading).RootElement, scriptId => entries.TryGetValue(EntryOf(scriptId), out var code) ? Text(code) : null);
        }
        catch (Exception error) when (error is InvalidDataException or CryptographicException or JsonException or FormatException)
        {
            throw PackageLimits.Unreadable();
        }
    }

    /// <summary>By the script's ID, which has been checked; the manifest names no entries.</summary>
    private static string EntryOf(string scriptId) => $"scripts/{scriptId}.py";

    private static string Text(byte[] code) => Utf8.IsValid(code) ? Encoding.UTF8.GetString(code) : throw PackageLimits.Unreadable();

    private static void Add(ZipArchive archive, string name, byte[] content)
    {
        using var entry = archive.CreateEntry(name).Open();
        entry.Write(content);
    }

    private static bool IsSealed(ReadOnlySpan<byte> file) => file.StartsWith(Mark);

    private static byte[] Seal(byte[] zip, string password)
    {
        var file = new byte[HeadBytes + zip.Length];
        Mark.CopyTo(file);
        RandomNumberGenerator.Fill(file.AsSpan(Mark.Length, SaltBytes + NonceBytes));
        using var aes = new AesGcm(Key(password, Salt(file)), TagBytes);
        aes.Encrypt(Nonce(file), zip, file.AsSpan(HeadBytes), Tag(file), Mark);
        return file;
    }

    private static byte[] Open(byte[] file, string? password)
    {
        if (file.Length < HeadBytes) throw PackageLimits.Unreadable();
        var zip = new byte[file.Length - HeadBytes];
        using var aes = new AesGcm(Key(password ?? "", Salt(file)), TagBytes);
        aes.Decrypt(Nonce(file), file.AsSpan(HeadBytes), Tag(file), zip, Mark);
        return zip;
    }

    private static Span<byte> Salt(byte[] file) => file.AsSpan(Mark.Length, SaltBytes);

    private static Span<byte> Nonce(byte[] file) => file.AsSpan(Mark.Length + SaltBytes, NonceBytes);

    private static Span<byte> Tag(byte[] file) => file.AsSpan(HeadBytes - TagBytes, TagBytes);

    private static byte[] Key(string password, ReadOnlySpan<byte> salt) => Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, Rounds, HashAlgorithmName.SHA256, 32);
}
