using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Dff.Testing;

/// <summary>Packages of DataFlux Func 1.0; written from the description of the format, with another cipher library than the server's.</summary>
public static class LegacyPackage
{
    private const int Block = 16;

    public static byte[] Write(JsonNode json, string password) => Seal(Zip(("dataflux-func.json", json.ToJsonString())), password);

    public static byte[] Zip(params (string Name, string Content)[] entries) => Zip(CompressionLevel.Optimal, entries);

    public static byte[] Zip(CompressionLevel level, params (string Name, string Content)[] entries)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return zip.ToArray();
    }

    /// <summary>What the format puts around a zip.</summary>
    public static byte[] Seal(byte[] zip, string password)
    {
        var text = Convert.ToBase64String(zip);
        do text += " ";
        while (text.Length % Block != 0);
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(Cipher(forEncryption: true, password, Encoding.ASCII.GetBytes(text))));
    }

    /// <returns>The text with its spaces, and the zip.</returns>
    public static (string Text, byte[] Zip) Open(byte[] file, string password)
    {
        var text = Encoding.ASCII.GetString(Cipher(forEncryption: false, password, Convert.FromBase64String(Encoding.ASCII.GetString(file))));
        return (text, Convert.FromBase64String(text.TrimEnd(' ')));
    }

    public static IReadOnlyDictionary<string, string> Unzip(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var reader = new StreamReader(entry.Open());
            return reader.ReadToEnd();
        });
    }

    private static byte[] Cipher(bool forEncryption, string password, byte[] text)
    {
        var key = Encoding.UTF8.GetBytes((password + new string(' ', 32))[..32]);
        var cipher = new BufferedBlockCipher(new CbcBlockCipher(new AesEngine()));
        cipher.Init(forEncryption, new ParametersWithIV(new KeyParameter(key), new byte[Block]));
        return cipher.DoFinal(text);
    }
}
