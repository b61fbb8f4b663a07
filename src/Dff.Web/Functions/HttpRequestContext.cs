using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dff.Web.Users;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Functions;

/// <summary>The request as scripts see it in <c>_DFF_HTTP_REQUEST</c>; without what signs callers in to this server.</summary>
public sealed class HttpRequestContext(ClientAddress addresses)
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HashSet<string> Withheld = new(StringComparer.OrdinalIgnoreCase)
    {
        Authenticator.TokenHeader, "X-Dff-Ak-Id", "X-Dff-Ak-Secret", "X-Dff-Ak-Sign", "Cookie",
    };

    /// <summary>Keeps more from scripts: what the caller of this request has shown only to pass.</summary>
    public static void Withhold(HttpContext http, WithheldParts parts) => http.Items[typeof(WithheldParts)] = parts;

    /// <returns>UTF-8 JSON object.</returns>
    public ReadOnlyMemory<byte> Write(HttpContext http)
    {
        var request = http.Request;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            var more = http.Items.TryGetValue(typeof(WithheldParts), out var kept) ? (WithheldParts)kept! : null;
            var url = Api.RequestDump.MaskUrl(request.PathBase + request.Path + (more?.HasQuery == true ? more.Mask(request.Query) : request.QueryString));
            json.WriteStartObject();
            json.WriteString("method"u8, request.Method);
            json.WriteString("originalUrl"u8, url);
            json.WriteString("url"u8, url);
            json.WriteStartObject("headers"u8);
            foreach (var (name, values) in request.Headers)
            {
                if (!Withheld.Contains(name) && more?.IsHeader(name) != true) json.WriteString(name.ToLowerInvariant(), values.ToString());
            }

            json.WriteEndObject();
            json.WriteStartObject("cookies"u8);
            foreach (var (name, value) in request.Cookies)
            {
                if (name != Authenticator.TokenCookie) json.WriteString(name, value);
            }

            json.WriteEndObject();
            var address = addresses.Of(http);
            json.WriteString("hostname"u8, request.Host.Host);
            json.WriteString("ip"u8, address);
            json.WriteStartArray("ips"u8);
            json.WriteStringValue(address);
            json.WriteEndArray();
            json.WriteString("protocol"u8, request.Scheme);
            json.WriteBoolean("xhr"u8, request.Headers.XRequestedWith == "XMLHttpRequest");
            json.WriteString("useragent"u8, request.Headers.UserAgent.ToString());
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
