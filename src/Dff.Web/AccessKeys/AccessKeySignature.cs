using System.Security.Cryptography;
using System.Text;

namespace Dff.Web.AccessKeys;

/// <summary>The signature of the contract. HMAC-SHA1 is what clients send; its known weakness, collisions of SHA-1, does not touch an HMAC.</summary>
public static class AccessKeySignature
{
    public const string IdHeader = "X-Dff-Ak-Id";
    public const string SecretHeader = "X-Dff-Ak-Secret";
    public const string VersionHeader = "X-Dff-Ak-Sign-Version";
    public const string TimestampHeader = "X-Dff-Ak-Timestamp";
    public const string NonceHeader = "X-Dff-Ak-Nonce";
    public const string SignHeader = "X-Dff-Ak-Sign";

    /// <param name="target">Path with query, as it stands in the request line.</param>
    public static string V1(byte[] secret, string timestamp, string nonce, string method, string target) => Sign(secret, $"{timestamp}&{nonce}&{method}&{target}");

    /// <param name="target">Path with query, as it stands in the request line.</param>
    /// <param name="bodyMd5">Lower-case hexadecimal, of the empty text where there is no body.</param>
    public static string V2(byte[] secret, string timestamp, string nonce, string method, string target, string bodyMd5) =>
        Sign(secret, $"v2&{timestamp}&{nonce}&{method}&{target}&{bodyMd5}");

    private static string Sign(byte[] secret, string text) => Convert.ToHexStringLower(HMACSHA1.HashData(secret, Encoding.UTF8.GetBytes(text)));
}
