using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage.AccessKeys;
using Dff.Web.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dff.Web.AccessKeys;

/// <summary>Requests by access key: signed, or with the secret itself. An unknown key and a wrong signature are refused in the same words and after the same work.</summary>
public sealed class AccessKeyCheck(KnownAccessKeys keys, NonceLedger nonces, WebOptions options, TimeProvider time)
{
    private const int LongestNonce = 128;

    // Signed with where there is no such key.
    private static readonly byte[] NobodysSecret = RandomNumberGenerator.GetBytes(32);

    /// <returns>The key's owner; null where the request names no key.</returns>
    /// <exception cref="DffException">EUserAuth or EUserDisabled.</exception>
    public ValueTask<SignedInUser?> FindAsync(HttpContext http)
    {
        string? id = http.Request.Headers[AccessKeySignature.IdHeader];
        return string.IsNullOrEmpty(id) ? default : new ValueTask<SignedInUser?>(RequireAsync(http, id));
    }

    private async Task<SignedInUser?> RequireAsync(HttpContext http, string id)
    {
        string? secret = http.Request.Headers[AccessKeySignature.SecretHeader];
        var call = string.IsNullOrEmpty(secret) ? ReadSigned(http) : null;
        var key = id.Length <= 64 ? await keys.FindAsync(id, http.RequestAborted) : null;
        var known = key?.Secret ?? NobodysSecret;
        var isRight = call is null ? IsSame(Encoding.UTF8.GetBytes(secret!), known) : IsSame(Encoding.UTF8.GetBytes(call.Sign), Encoding.UTF8.GetBytes(await ExpectedAsync(http, call, known)));
        if (!isRight || key is null) throw Refused("The access key is unknown, or its secret or signature is wrong");
        if (key.IsDisabled) throw new DffException(ErrorReason.UserDisabled, "The user of this access key has been disabled");
        // Only what was signed by the key is taken down, so nobody else can fill the ledger.
        if (call is not null && !await nonces.TryTakeAsync(key.Id, call.Nonce, NonceLifetime))
            throw Refused($"This {AccessKeySignature.NonceHeader} has been used before; sign every request with a new one");
        return key.User;
    }

    /// <summary>At least as long as a replay could find its timestamp accepted.</summary>
    private TimeSpan NonceLifetime => TimeSpan.FromSeconds(Math.Max(options.AccessKeyNonceTtl, 2 * options.AccessKeyTimestampMaxDifference));

    private SignedCall ReadSigned(HttpContext http)
    {
        var headers = http.Request.Headers;
        string? version = headers[AccessKeySignature.VersionHeader];
        if (string.IsNullOrEmpty(version)) version = "v1";
        var call = new SignedCall(version, headers[AccessKeySignature.TimestampHeader].ToString(), headers[AccessKeySignature.NonceHeader].ToString(), headers[AccessKeySignature.SignHeader].ToString());
        if (version is not ("v1" or "v2")) throw Refused($"{AccessKeySignature.VersionHeader}: v1 or v2 is expected");
        if (call.Sign.Length == 0) throw Refused($"Sign the request ({AccessKeySignature.SignHeader}), or send the secret ({AccessKeySignature.SecretHeader})");
        if (call.Nonce.Length is 0 or > LongestNonce) throw Refused($"{AccessKeySignature.NonceHeader}: 1 to {LongestNonce} characters are expected");
        if (!long.TryParse(call.Timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp)
            || Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - timestamp) > options.AccessKeyTimestampMaxDifference)
            throw Refused($"{AccessKeySignature.TimestampHeader}: Unix seconds within {options.AccessKeyTimestampMaxDifference} s of the server's clock are expected");
        return call;
    }

    private async Task<string> ExpectedAsync(HttpContext http, SignedCall call, byte[] secret)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        return call.Version == "v1"
            ? AccessKeySignature.V1(secret, call.Timestamp, call.Nonce, http.Request.Method, target)
            : AccessKeySignature.V2(secret, call.Timestamp, call.Nonce, http.Request.Method, target, await Md5OfBodyAsync(http));
    }

    /// <summary>Reads the body, which is read again from memory, or from a temporary file where it is an upload.</summary>
    private async Task<string> Md5OfBodyAsync(HttpContext http)
    {
        http.Request.EnableBuffering(options.MaxBodyBytes, Math.Max(options.MaxBodyBytes, options.MaxUploadBytes));
        var hash = await MD5.HashDataAsync(http.Request.Body, http.RequestAborted);
        http.Request.Body.Position = 0;
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Compares hashes, so that not even the length shows in the time it takes.</summary>
    private static bool IsSame(byte[] given, byte[] expected) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(given), SHA256.HashData(expected));

    private static DffException Refused(string message) => new(ErrorReason.UserAuth, message);

    private sealed record SignedCall(string Version, string Timestamp, string Nonce, string Sign);
}
