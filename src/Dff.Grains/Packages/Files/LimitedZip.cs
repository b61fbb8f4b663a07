using System.IO.Compression;
using System.IO.Hashing;

namespace Dff.Grains.Packages.Files;

/// <summary>A zip of which only its entries' names and bytes are taken, within limits. Nothing is written to a file system, so a name is a name and never a path.</summary>
internal static class LimitedZip
{
    private static ReadOnlySpan<byte> DirectoryEntry => "PK\u0001\u0002"u8;

    /// <exception cref="InvalidDataException">It is no zip, or damaged.</exception>
    public static Dictionary<string, byte[]> Read(byte[] zip)
    {
        // The library makes an object of each entry before anybody can ask how many there are.
        if (zip.AsSpan().Count(DirectoryEntry) > PackageLimits.Entries) throw PackageLimits.TooLarge($"a package holds at most {PackageLimits.Entries} entries");
        using var archive = new ZipArchive(new MemoryStream(zip, writable: false), ZipArchiveMode.Read);
        var entries = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var left = PackageLimits.InflatedBytes;
        foreach (var entry in archive.Entries)
        {
            if (entry.Length > left) throw Bomb();
            var bytes = Inflate(entry, left);
            left -= bytes.Length;
            if (!entries.TryAdd(entry.FullName, bytes)) throw new InvalidDataException("an entry is there twice");
        }

        return entries;
    }

    /// <summary>Counts what comes out, whatever the header has said.</summary>
    private static byte[] Inflate(ZipArchiveEntry entry, int limit)
    {
        using var source = entry.Open();
        using var target = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = source.Read(buffer)) > 0;)
        {
            if (target.Length + read > limit) throw Bomb();
            target.Write(buffer, 0, read);
        }

        // The library does not look.
        var bytes = target.ToArray();
        return Crc32.HashToUInt32(bytes) == entry.Crc32 ? bytes : throw new InvalidDataException("an entry is damaged");
    }

    private static Exception Bomb() => PackageLimits.TooLarge($"a package inflates to at most {PackageLimits.InflatedBytes} bytes");
}
