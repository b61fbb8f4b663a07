using System.Text.Json.Serialization;
using Dff.Storage;

namespace Dff.Web.Webhooks;

/// <summary>What a webhook is sent, as JSON. The same event can come more than once; its ID tells.</summary>
/// <param name="Event">Like <c>scripts.publish</c>.</param>
/// <param name="ReqRoute">The called route; with the fields below it null for the event test.</param>
/// <param name="ReqBodyJSON">With secrets masked.</param>
public sealed record WebhookEvent(
    string Id,
    string Event,
    DateTimeOffset Time,
    string? UserId,
    string? Username,
    string? ClientId,
    string? TraceId,
    string? ReqMethod,
    string? ReqRoute,
    [property: JsonPropertyName("reqParamsJSON")] RawJson? ReqParamsJSON,
    [property: JsonPropertyName("reqBodyJSON")] RawJson? ReqBodyJSON);
