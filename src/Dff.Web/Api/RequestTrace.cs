using System.Diagnostics;
using Dff.Web.Operations;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>The request's ID, which the caller may give, and how long it has been going on.</summary>
public sealed class RequestTrace(string id)
{
    private const int LongestGivenId = 128;
    private const string Prefix = "TRACE-";
    private readonly long _began = Stopwatch.GetTimestamp();

    public string Id { get; } = id;

    /// <summary>What will be recorded of it; null: nothing.</summary>
    public Operation? Operation { get; set; }

    public long CostMilliseconds => (long)Stopwatch.GetElapsedTime(_began).TotalMilliseconds;

    public static RequestTrace Of(HttpContext http) => (RequestTrace)http.Items[typeof(RequestTrace)]!;

    public static RequestTrace Begin(HttpContext http)
    {
        string? given = http.Request.Headers["X-Trace-Id"];
        var isUsable = given is { Length: > 0 and <= LongestGivenId } && given.All(character => character is > ' ' and < '\u007f');
        var trace = new RequestTrace(isUsable ? given! : NewId());
        http.Items[typeof(RequestTrace)] = trace;
        return trace;
    }

    /// <summary>A UUID in capitals. It tells requests apart and guards nothing, so it need not come from the system's generator, which is a system call.</summary>
    private static string NewId() => string.Create(Prefix.Length + 36, 0, static (text, _) =>
    {
        Prefix.CopyTo(text);
        Span<byte> random = stackalloc byte[16];
        Random.Shared.NextBytes(random);
        new Guid(random).TryFormat(text[Prefix.Length..], out _);
        foreach (ref var character in text[Prefix.Length..]) character = char.ToUpperInvariant(character);
    });
}
