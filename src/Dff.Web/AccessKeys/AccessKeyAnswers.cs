namespace Dff.Web.AccessKeys;

/// <param name="Secret">Shown this once; the server keeps it encrypted and never answers it again.</param>
public sealed record NewAccessKey(string Id, string Secret);

/// <param name="StatusCode">What the receiver answered.</param>
/// <param name="Cost">Milliseconds.</param>
/// <param name="Body">The beginning of its answer; null unless the key has allowWebhookEcho.</param>
public sealed record WebhookTest(int StatusCode, long Cost, string? Body);
