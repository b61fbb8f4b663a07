using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Dff.Storage.Secrets;

/// <summary>
/// Seals secrets that must be used again and so cannot be hashed: AES-256-GCM under a key that HKDF derives from SECRET. A sealed value reads
/// <c>v1.key.text</c>: the key's ID tells which SECRET made it, so that values of a former SECRET can be read, and sealed anew, while SECRET is exchanged.
/// </summary>
public sealed class SecretBox
{
    private const string Version = "v1";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    private readonly string _currentKey;

    /// <param name="secret">Seals, and opens what it has sealed.</param>
    /// <param name="formerSecrets">Only open.</param>
    public SecretBox(string secret, params IReadOnlyList<string> formerSecrets)
    {
        _currentKey = Add(secret);
        foreach (var former in formerSecrets) Add(former);
    }

    /// <param name="place">Where the value belongs, like <c>accessKey/ID</c>; it opens nowhere else.</param>
    public string Seal(string text, string place)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var box = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_keys[_currentKey], TagBytes);
        cipher.Encrypt(nonce, plain, box.AsSpan(NonceBytes, plain.Length), box.AsSpan(NonceBytes + plain.Length), Encoding.UTF8.GetBytes(place));
        return $"{Version}.{_currentKey}.{Base64Url.EncodeToString(box)}";
    }

    /// <exception cref="StoreException">It was sealed under another SECRET, for another place, or has been changed.</exception>
    public string Open(string sealedText, string place)
    {
        var parts = sealedText.Split('.');
        if (parts is not [Version, var keyId, var text]) throw new StoreException($"the sealed value of {place} has a form that this program does not know");
        if (!_keys.TryGetValue(keyId, out var key)) throw new StoreException($"the sealed value of {place} was made under another SECRET ({keyId})");
        try
        {
            var box = Base64Url.DecodeFromChars(text);
            if (box.Length < NonceBytes + TagBytes) throw new CryptographicException("too short");
            var plain = new byte[box.Length - NonceBytes - TagBytes];
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, plain.Length), box.AsSpan(NonceBytes + plain.Length), plain, Encoding.UTF8.GetBytes(place));
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception error) when (error is CryptographicException or FormatException)
        {
            throw new StoreException($"the sealed value of {place} has been changed, or belongs elsewhere", error);
        }
    }

    /// <summary>A key of 32 bytes for another use, the same on every silo.</summary>
    public byte[] KeyFor(string use) => HKDF.Expand(HashAlgorithmName.SHA256, _keys[_currentKey], KeyBytes, Encoding.UTF8.GetBytes($"dff {use}"));

    /// <summary>True: made under a former SECRET.</summary>
    public bool IsOld(string sealedText) => !sealedText.StartsWith($"{Version}.{_currentKey}.", StringComparison.Ordinal);

    private string Add(string secret)
    {
        var material = Encoding.UTF8.GetBytes(secret);
        var id = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 4, info: "dff secret box key id"u8.ToArray()));
        _keys[id] = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, KeyBytes, info: "dff secret box"u8.ToArray());
        return id;
    }
}
