using System.Text.Json;
using Dff.Abstractions.Users;
using Dff.Web.Contracts;
using Dff.Web.Users;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>A request whose fields have been checked against its route.</summary>
public sealed class ApiContext(HttpContext http, ApiRoute route, JsonElement body, SignedInUser? user, byte[]? file = null)
{
    public HttpContext Http { get; } = http;

    public ApiRoute Route { get; } = route;

    /// <summary>The body; Undefined where there is none.</summary>
    public JsonElement Body { get; } = body;

    /// <summary>The uploaded file, on routes that take one.</summary>
    public byte[] File => file ?? throw new InvalidOperationException("the route takes no file");

    /// <summary>Never null on routes that are not public.</summary>
    public SignedInUser? User { get; } = user;

    public CancellationToken Aborted => Http.RequestAborted;

    public Caller Caller => User?.ToCaller() ?? throw new InvalidOperationException("the route is public");

    public JsonElement Data => Body.GetProperty("data");

    public string Id => RouteValue("id");

    public string RouteValue(string name) => (string)Http.Request.RouteValues[name]!;

    /// <summary>A query value; null where it is missing.</summary>
    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[^1] : null;

    /// <summary>A flag of the query; false where it is missing or filters nothing.</summary>
    public bool Flag(string name) => Query(name) is { } text and not ("_ALL" or "_NULL") && Field.ReadFlag(text, name);
}
