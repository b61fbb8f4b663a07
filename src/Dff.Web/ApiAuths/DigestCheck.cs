using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
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
    private const int MostHexBytes = 2 * SHA256.HashSizeInBytes;

    /// <summary>Longer texts are kept elsewhere.</summary>
    private const int OnStack = 1024;

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
        var isSha256 = given.Algorithm.Equals("SHA-256", StringComparison.OrdinalIgnoreCase);
        if (!isSha256 && given.Algorithm.Length > 0 && !given.Algorithm.Equals("MD5", StringComparison.OrdinalIgnoreCase)) return false;
        var isKnown = auth.DigestHashes.TryGetValue(given.Username, out var known);
        var isRight = IsResponse(given, http.Request.Method, known ?? _nobody, isSha256);
        var age = AgeOf(given.Nonce, auth.Id);
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!isRight || !isKnown || age is null || !given.Qop.SequenceEqual("auth") || !given.Realm.SequenceEqual(KnownApiAuth.Realm) || !given.Uri.SequenceEqual(target) || given.Nc.IsEmpty || given.Cnonce.IsEmpty) return false;
        isStale = age > Lifetime;
        return !isStale;
    }

    /// <summary>What to ask with, the stronger way first.</summary>
    public string[] Challenges(KnownApiAuth auth, bool isStale)
    {
        Span<byte> bytes = stackalloc byte[MomentBytes + ProofBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time.GetUtcNow().ToUnixTimeMilliseconds());
        Prove(bytes[..MomentBytes], auth.Id, bytes[MomentBytes..]);
        var nonce = Base64Url.EncodeToString(bytes);
        return [.. ((string[])["SHA-256", "MD5"]).Select(algorithm => $"Digest realm=\"{KnownApiAuth.Realm}\", qop=\"auth\", algorithm={algorithm}, nonce=\"{nonce}\", charset=UTF-8{(isStale ? ", stale=true" : "")}")];
    }

    /// <summary>Computes what the answer would have to be, and compares in constant time.</summary>
    private static bool IsResponse(DigestAnswer given, string method, KnownApiAuth.DigestHash hash, bool isSha256)
    {
        // Characters of a header take three bytes at most; the hashes and colons beside them have room in the rest.
        var most = (3 * (given.Nonce.Length + given.Nc.Length + given.Cnonce.Length + given.Qop.Length + given.Uri.Length + method.Length)) + MostHexBytes + MostHexBytes + 8;
        Span<byte> text = most <= OnStack ? stackalloc byte[OnStack] : new byte[most];
        Span<byte> a2 = stackalloc byte[MostHexBytes], response = stackalloc byte[MostHexBytes], shown = stackalloc byte[MostHexBytes];
        if (!Utf8.TryWrite(text, $"{method}:{given.Uri}", out var length)) return false;
        a2 = a2[..Hash(isSha256, text[..length], a2)];
        if (!Utf8.TryWrite(text, $"{(isSha256 ? hash.Sha256 : hash.Md5)}:{given.Nonce}:{given.Nc}:{given.Cnonce}:{given.Qop}:{(ReadOnlySpan<byte>)a2}", out length)) return false;
        response = response[..Hash(isSha256, text[..length], response)];
        return given.Response.Length == response.Length
            && Ascii.ToLower(given.Response, shown, out var shownLength) == OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(response, shown[..shownLength]);
    }

    /// <returns>Null: it is none of ours.</returns>
    private TimeSpan? AgeOf(ReadOnlySpan<char> nonce, string authId)
    {
        Span<byte> bytes = stackalloc byte[MomentBytes + ProofBytes], proof = stackalloc byte[ProofBytes];
        if (!Base64Url.IsValid(nonce, out var length) || length != bytes.Length || !Base64Url.TryDecodeFromChars(nonce, bytes, out _)) return null;
        Prove(bytes[..MomentBytes], authId, proof);
        if (!CryptographicOperations.FixedTimeEquals(bytes[MomentBytes..], proof)) return null;
        return time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes));
    }

    private void Prove(ReadOnlySpan<byte> moment, string authId, Span<byte> proof)
    {
        var most = MomentBytes + Encoding.UTF8.GetMaxByteCount(authId.Length);
        Span<byte> text = most <= OnStack ? stackalloc byte[OnStack] : new byte[most];
        moment.CopyTo(text);
        var length = MomentBytes + Encoding.UTF8.GetBytes(authId, text[MomentBytes..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, text[..length], hash);
        hash[..ProofBytes].CopyTo(proof);
    }

    /// <returns>How many bytes of hexadecimal digits were written.</returns>
    private static int Hash(bool isSha256, ReadOnlySpan<byte> text, Span<byte> hex)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = isSha256 ? SHA256.HashData(text, hash) : MD5.HashData(text, hash);
        Convert.TryToHexStringLower(hash[..length], hex, out var written);
        return written;
    }
}
