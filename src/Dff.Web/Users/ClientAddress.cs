using System.Net;
using Dff.Abstractions.Configuration;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Users;

/// <summary>The address a request really comes from: forwarded headers count only when a trusted proxy sent them.</summary>
public sealed class ClientAddress
{
    private readonly IReadOnlyList<IPNetwork> _proxies;

    public ClientAddress(WebOptions options) =>
        _proxies = [.. options.TrustedProxies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(network => IPNetwork.Parse(network))];

    public string Of(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (!IsTrusted(address)) return Text(address);
        // From the nearest hop outwards: the first one that is not ours is the client.
        foreach (var hop in http.Request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries).Reverse())
        {
            if (!IPAddress.TryParse(hop, out var forwarded)) break;
            address = forwarded;
            if (!IsTrusted(address)) break;
        }

        return Text(address);
    }

    /// <summary>A request from this machine itself. One that an unknown proxy passed on is not: it may come from anywhere.</summary>
    public bool IsLoopback(HttpContext http) =>
        IPAddress.IsLoopback(IPAddress.Parse(Of(http)))
        && (!http.Request.Headers.ContainsKey("X-Forwarded-For") || IsTrusted(http.Connection.RemoteIpAddress ?? IPAddress.None));

    private bool IsTrusted(IPAddress address) => _proxies.Any(network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
