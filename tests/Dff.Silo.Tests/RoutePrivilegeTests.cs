using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Every route lets in whom the contract lets in, and nobody else.</summary>
public sealed partial class RoutePrivilegeTests(SqliteSilo silo)
{
    private const string Password = "a-password-of-some-length";

    private static readonly string[] All =
    [
        "general_r", "general_w", "user_r", "user_w", "user_roleSetting", "user_customPrivilege", "accessKey_r", "accessKey_w", "systemConfig_r", "systemConfig_w", "debug",
    ];

    private static readonly Dictionary<string, string[]> PrivilegesOf = new()
    {
        ["readonlyUser"] = ["general_r", "user_r"],
        ["user"] = ["general_r", "general_w", "user_r"],
        ["admin"] = [.. All.Except(["systemConfig_r", "systemConfig_w", "debug"])],
        ["sa"] = All,
        ["key of sa"] = All,
    };

    [Fact]
    public async Task Every_route_asks_for_what_the_contract_says()
    {
        var rules = Rules("route-privileges").Concat(Rules("own-route-privileges")).ToDictionary(rule => $"{rule.Method} {Unnamed(rule.Path)}");
        var clients = await ClientsAsync("routes");
        var failures = new List<string>();

        foreach (var (method, path) in await RoutesAsync())
        {
            if (!rules.TryGetValue($"{method} {Unnamed(path)}", out var rule))
            {
                failures.Add($"{method} {path} stands in no table; who may call it?");
                continue;
            }

            foreach (var (who, ask) in clients)
            {
                var outcome = await ask(method, path);
                var expected = Expected(rule, who);
                if (outcome != expected) failures.Add($"{method} {path} as {who}: {outcome} instead of {expected}");
            }
        }

        failures.Should().BeEmpty();
    }

    [Fact]
    public async Task The_cookie_of_a_session_lets_nobody_into_the_api()
    {
        var failures = new List<string>();
        foreach (var (method, path) in await RoutesAsync())
        {
            using var nobody = silo.Api.Stranger();
            var plain = await OutcomeAsync(nobody.Http, Request(method, path));
            var request = Request(method, path);
            request.Headers.Add("Cookie", $"xDFFAuthToken={silo.Api.Token}");
            var withCookie = await OutcomeAsync(nobody.Http, request);
            if (withCookie != plain) failures.Add($"{method} {path}: {plain}, and {withCookie} with the cookie");
        }

        failures.Should().BeEmpty();
        using var browser = silo.Api.Stranger();
        var page = new HttpRequestMessage(HttpMethod.Get, "/dashboard");
        page.Headers.Add("Cookie", $"xDFFAuthToken={silo.Api.Token}");
        (await browser.SendAsync(page)).IsOk.Should().BeTrue("the cookie is for pages");
    }

    private static string Expected(Rule rule, string who)
    {
        if (rule.Access == "public") return "passed";
        if (who == "nobody") return "EUserAuth";
        if (who == "key of sa" && rule.Access == "session") return "EUserPrivilege";
        return rule.Privilege == "-" || PrivilegesOf[who].Contains(rule.Privilege) ? "passed" : "EUserPrivilege";
    }

    private async Task<Dictionary<string, Func<string, string, Task<string>>>> ClientsAsync(string prefix)
    {
        var api = silo.Api;
        var clients = new Dictionary<string, Func<string, string, Task<string>>> { ["nobody"] = Asking(api.Stranger(), null) };
        foreach (var role in (string[])["readonlyUser", "user", "admin"])
        {
            var client = await api.AddUserAsync($"{prefix}{role}", Password, [role]);
            clients[role] = Asking(client, client.Token);
        }

        var root = api.Stranger();
        clients["sa"] = Asking(root, await root.SignInAsync(SiloProcess.Username, SiloProcess.Password));
        var key = await AccessKey.AddAsync(api, prefix);
        var (http, stranger) = (api.Http, api.Stranger());
        clients["key of sa"] = (method, path) =>
        {
            var request = Request(method, path);
            request.Headers.Add("X-Dff-Ak-Id", key.Id);
            request.Headers.Add("X-Dff-Ak-Secret", key.Secret);
            return OutcomeAsync(stranger.Http, request);
        };
        return clients;
    }

    private static Func<string, string, Task<string>> Asking(ApiClient client, string? token) => (method, path) =>
    {
        var request = Request(method, path);
        if (token is not null) request.Headers.Add("X-Dff-Auth-Token", token);
        return OutcomeAsync(client.Http, request);
    };

    /// <summary>A body that no route takes, and IDs that nothing has: whoever passes is refused for that.</summary>
    private static HttpRequestMessage Request(string method, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(path, "nothing-has-this-id"));
        if (method == "POST") request.Content = new StringContent("[]", System.Text.Encoding.UTF8, "application/json");
        return request;
    }

    private static async Task<string> OutcomeAsync(HttpClient http, HttpRequestMessage request)
    {
        // Event streams have no end, so only headers are waited for where the answer is no refusal.
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        // It was let in: routes that always fail say so by this reason.
        if ((int)response.StatusCode == 500 && (await response.Content.ReadAsStringAsync()).Contains("\"EAssert\"", StringComparison.Ordinal)) return "passed";
        if ((int)response.StatusCode != 401) return (int)response.StatusCode < 500 || (int)response.StatusCode == 501 ? "passed" : $"status {(int)response.StatusCode}";
        return (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())?["reason"] ?? "401";
    }

    private async Task<List<(string Method, string Path)>> RoutesAsync() =>
    [
        .. (await silo.Api.GetAsync("/openapi/v1.json")).RequireOk().Json["paths"]!.AsObject().Where(path => path.Key.StartsWith("/api", StringComparison.Ordinal))
            .SelectMany(path => path.Value!.AsObject().Select(operation => (operation.Key.ToUpperInvariant(), path.Key)))
            // It ends the sessions that the others need.
            .OrderBy(route => route.Item2 == "/api/v1/auth/do/sign-out"),
    ];

    private static List<Rule> Rules(string name)
    {
        using var reader = new StreamReader(typeof(RoutePrivilegeTests).Assembly.GetManifestResourceStream(name)!);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')).Select(line => line.Split(' '))
                .Select(parts => new Rule(parts[0], parts[1], parts[2], parts[3].Replace("systemSetting_", "systemConfig_", StringComparison.Ordinal))),
        ];
    }

    private static string Unnamed(string path) => Parameter().Replace(path, "{}");

    private sealed record Rule(string Method, string Path, string Access, string Privilege);

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
