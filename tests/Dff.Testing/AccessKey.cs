using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Dff.Testing;

/// <summary>Signs requests as a client of the API does; written from the contract, not from the server's code.</summary>
public sealed record AccessKey(string Id, string Secret)
{
    public static async Task<AccessKey> AddAsync(ApiClient api, string name = "test")
    {
        var added = (await api.PostAsync("/api/v1/access-keys/do/add", new { data = new { name } })).RequireOk();
        return new AccessKey((string)added.Data!["id"]!, (string)added.Data["secret"]!);
    }

    public HttpRequestMessage Sign(
        HttpMethod method, string path, string? body = null, string version = "v1", DateTimeOffset? time = null, string? nonce = null, string? signedBody = null)
    {
        var request = Sign(method, path, Encoding.UTF8.GetBytes(signedBody ?? body ?? ""), version, time, nonce);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return request;
    }

    /// <param name="signedBody">As it goes over the wire.</param>
    public HttpRequestMessage Sign(HttpMethod method, string path, byte[] signedBody, string version = "v1", DateTimeOffset? time = null, string? nonce = null)
    {
        var timestamp = (time ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        nonce ??= Guid.NewGuid().ToString();
        var text = version == "v2"
            ? $"v2&{timestamp}&{nonce}&{method}&{path}&{Convert.ToHexStringLower(MD5.HashData(signedBody))}"
            : $"{timestamp}&{nonce}&{method}&{path}";
        var request = new HttpRequestMessage(method, path);
        if (version != "v1") request.Headers.Add("X-Dff-Ak-Sign-Version", version);
        request.Headers.Add("X-Dff-Ak-Id", Id);
        request.Headers.Add("X-Dff-Ak-Timestamp", timestamp);
        request.Headers.Add("X-Dff-Ak-Nonce", nonce);
        request.Headers.Add("X-Dff-Ak-Sign", Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(text))));
        return request;
    }

    /// <summary>The simple form.</summary>
    public HttpRequestMessage Simple(HttpMethod method, string path, string? body = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("X-Dff-Ak-Id", Id);
        request.Headers.Add("X-Dff-Ak-Secret", Secret);
        return request;
    }
}
