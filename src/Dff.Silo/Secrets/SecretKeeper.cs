using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Configuration;
using Dff.Silo.Commands;
using Dff.Storage;

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

    /// <exception cref="StartRefusedException">The store was made with another secret.</exception>
    public static async Task RequireFittingAsync(string secret, MetaRepository meta, CancellationToken cancellationToken)
    {
        var fingerprint = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), "dff secret fingerprint"u8));
        var stored = await meta.GetOrAddAsync(FingerprintKey, fingerprint, cancellationToken);
        if (stored != fingerprint)
            throw new StartRefusedException("SECRET: the store was made with another secret; give that one, because what it encrypted cannot be read with this one");
    }
}
