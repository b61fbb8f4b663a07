using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Configuration;
using Dff.Silo.Commands;
using Dff.Storage;
using Dff.Storage.Connections;
using Dff.Storage.Secrets;

namespace Dff.Silo.Secrets;

/// <summary>The secret that signs and encrypts: given, or made at the first start of an embedded system. The store knows its fingerprint, so that a wrong one is noticed.</summary>
internal static class SecretKeeper
{
    private const string FingerprintKey = "secret_fingerprint";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string Obtain(NodeOptions node)
    {
        if (node.Secret is { Length: > 0 } given) return given;
        var path = Path.Combine(node.DataDirectory, "secret");
        if (File.Exists(path)) return File.ReadAllText(path).Trim();
        var made = RandomNumberGenerator.GetHexString(64, lowercase: true);
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        file.Write(Encoding.ASCII.GetBytes(made + "\n"));
        file.Flush(flushToDisk: true);
        return made;
    }

    /// <summary>Sees to it that the store belongs to the secret, also where it belonged to the former one until now.</summary>
    /// <exception cref="StartRefusedException">The store was made with another secret.</exception>
    public static async Task<SecretBox> UnlockAsync(string secret, NodeOptions node, StoreDatabase database, CancellationToken cancellationToken)
    {
        var fingerprint = FingerprintOf(secret);
        var stored = await new MetaRepository(database).GetOrAddAsync(FingerprintKey, fingerprint, cancellationToken);
        if (node.FormerSecret is not { Length: > 0 } former)
        {
            if (stored == fingerprint) return new SecretBox(secret);
            throw new StartRefusedException(
                "SECRET: the store was made with another secret; give that one, because what it encrypted cannot be read with this one, or name it as FORMER_SECRET to exchange it");
        }

        if (stored != fingerprint && stored != FingerprintOf(former))
            throw new StartRefusedException("FORMER_SECRET: the store was made with neither this secret nor SECRET");
        var box = new SecretBox(secret, former);
        // Also where the store belongs to the new one: a node that still had the old one may have written since.
        var count = await new SecretRotation(database, box).RunAsync(FingerprintKey, fingerprint, cancellationToken);
        Console.WriteLine($"SECRET: what FORMER_SECRET had encrypted is encrypted anew ({count} records); FORMER_SECRET can go when every node was started with the new SECRET");
        return box;
    }

    private static string FingerprintOf(string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), "dff secret fingerprint"u8));
}
