using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>What a client calls itself.</summary>
internal static class RequestClient
{
    public const string Header = "X-Dff-Client-Id";
    private const int LongestId = 128;
    private const int LongestName = 256;

    public static string? IdOf(HttpContext http) => Cut(http.Request.Headers[Header], LongestId);

    /// <summary>Its ID, else its User-Agent.</summary>
    public static string? NameOf(HttpContext http) => IdOf(http) ?? Cut(http.Request.Headers.UserAgent, LongestName);

    private static string? Cut(string? text, int most) => string.IsNullOrEmpty(text) ? null : text.Length <= most ? text : text[..most];
}
