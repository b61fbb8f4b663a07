using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>The request's ID, which the caller may give, and how long it has been going on.</summary>
public sealed class RequestTrace(string id)
{
    private const int LongestGivenId = 128;
    private readonly long _began = Stopwatch.GetTimestamp();

    public string Id { get; } = id;

    public long CostMilliseconds => (long)Stopwatch.GetElapsedTime(_began).TotalMilliseconds;

    public static RequestTrace Of(HttpContext http) => (RequestTrace)http.Items[typeof(RequestTrace)]!;

    public static RequestTrace Begin(HttpContext http)
    {
        string? given = http.Request.Headers["X-Trace-Id"];
        var isUsable = given is { Length: > 0 and <= LongestGivenId } && given.All(character => character is > ' ' and < '\u007f');
        var trace = new RequestTrace(isUsable ? given! : $"TRACE-{Guid.NewGuid().ToString().ToUpperInvariant()}");
        http.Items[typeof(RequestTrace)] = trace;
        return trace;
    }
}
