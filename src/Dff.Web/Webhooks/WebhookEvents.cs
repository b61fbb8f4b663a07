using Dff.Web.Contracts;

namespace Dff.Web.Webhooks;

/// <summary>Events are named after what was called: <c>/api/v1/scripts/{id}/do/publish</c> is <c>scripts.publish</c>.</summary>
public static class WebhookEvents
{
    /// <summary>Sent by test-webhook only.</summary>
    public const string Test = "test";

    public static string NameOf(ApiRoute route) => string.Join(
        '.', route.Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part is not ("api" or "v1" or "do") && !part.StartsWith('{')));

    /// <summary>The names of all events, in order.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<ApiRoute> routes) => [.. routes.Where(route => route.IsRecorded).Select(NameOf).Distinct().Order(StringComparer.Ordinal)];

    /// <param name="pattern">A name, or the beginning of names like <c>scripts.*</c>, or <c>*</c>.</param>
    public static bool Matches(string pattern, string name) =>
        pattern == "*" || pattern == name || (pattern.EndsWith(".*", StringComparison.Ordinal) && name.StartsWith(pattern[..^1], StringComparison.Ordinal));
}
