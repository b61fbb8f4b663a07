using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dff.Storage.Secrets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dff.Web.ApiAuths;

/// <summary>
/// HTTP Digest (RFC 7616) with MD5 and SHA-256, <c>qop=auth</c>. A nonce is its own proof: a moment, signed with a key that all silos of a cluster derive
/// from SECRET, so that each accepts the nonces of the others and none keeps any. Within its time an answer can be sent again for the same method and URI.
/// </summary>
public sealed class DigestCheck(SecretBox box, TimeProvider time)
{
    private const int MomentBytes = 8;
    private const int ProofBytes = 16;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = box.KeyFor("digest nonce");

    // Computed with where there is no such user.
    private readonly KnownApiAuth.DigestHash _nobody = KnownApiAuth.DigestHash.Of(new SecretUser("", RandomNumberGenerator.GetHexString(32)));

    /// <param name="isStale">The answer is right, but its nonce is too old: the client may try again by itself.</param>
    public bool IsRight(HttpContext http, KnownApiAuth auth, out bool isStale)
    {
        isStale = false;
        string? header = http.Request.Headers.Authorization;
        if (header is null || !header.StartsWith("Digest ", StringComparison.OrdinalIgnoreCase) || header.Length > 8192) return false;
        var given = DigestAnswer.Parse(header.AsSpan("Digest ".Length));
        string Of(string name) => given.GetValueOrDefault(name, "");
        var algorithm = Of("algorithm").ToUpperInvariant();
        var isSha256 = algorithm == "SHA-256";
        if (!isSha256 && algorithm is not ("" or "MD5")) return false;
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var isKnown = auth.DigestHashes.TryGetValue(Of("username"), out var known);
        var hash = known ?? _nobody;
        var response = Hash(isSha256, $"{(isSha256 ? hash.Sha256 : hash.Md5)}:{Of("nonce")}:{Of("nc")}:{Of("cnonce")}:{Of("qop")}:{Hash(isSha256, $"{http.Request.Method}:{Of("uri")}")}");
        var isRight = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(response), Encoding.UTF8.GetBytes(Of("response").ToLowerInvariant()));
        var age = AgeOf(Of("nonce"), auth.Id);
        if (!isRight || !isKnown || age is null || Of("qop") != "auth" || Of("realm") != KnownApiAuth.Realm || Of("uri") != target || Of("nc").Length == 0 || Of("cnonce").Length == 0) return false;
        isStale = age > Lifetime;
        return !isStale;
    }

    /// <summary>What to ask with, the stronger way first.</summary>
    public string[] Challenges(KnownApiAuth auth, bool isStale)
    {
        var moment = new byte[MomentBytes];
        BinaryPrimitives.WriteInt64BigEndian(moment, time.GetUtcNow().ToUnixTimeMilliseconds());
        var nonce = Base64Url.EncodeToString([.. moment, .. Proof(moment, auth.Id)]);
        return [.. ((string[])["SHA-256", "MD5"]).Select(algorithm => $"Digest realm=\"{KnownApiAuth.Realm}\", qop=\"auth\", algorithm={algorithm}, nonce=\"{nonce}\", charset=UTF-8{(isStale ? ", stale=true" : "")}")];
    }

    /// <returns>Null: it is none of ours.</returns>
    private TimeSpan? AgeOf(string nonce, string authId)
    {
        var bytes = new byte[MomentBytes + ProofBytes];
        if (!Base64Url.IsValid(nonce, out var length) || length != bytes.Length || !Base64Url.TryDecodeFromChars(nonce, bytes, out _)) return null;
        if (!CryptographicOperations.FixedTimeEquals(bytes.AsSpan(MomentBytes), Proof(bytes.AsSpan(0, MomentBytes), authId))) return null;
        return time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes));
    }

    private byte[] Proof(ReadOnlySpan<byte> moment, string authId) => HMACSHA256.HashData(_key, (byte[])[.. moment, .. Encoding.UTF8.GetBytes(authId)])[..ProofBytes];

    private static string Hash(bool isSha256, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Convert.ToHexStringLower(isSha256 ? SHA256.HashData(bytes) : MD5.HashData(bytes));
    }
}
