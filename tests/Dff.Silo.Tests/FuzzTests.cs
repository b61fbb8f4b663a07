using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Silo.Tests.Fuzzing;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>
/// Every route of the document gets requests that are odd in some way, as an administrator: none may break anything inside, none may hang, and the silo goes on.
/// The same requests each time, unless all tests are run at full size: then others each time, which DFF_FUZZ_SEED makes again.
/// </summary>
public abstract class FuzzTests
{
    private const int UsualSeed = 1492952288;
    private const int AtOnce = 4;
    private const int EachTurn = 6;
    private const int MostShown = 30;
    private const int MostAttempts = 4;
    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, string> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _accepted = new(StringComparer.Ordinal);
    private int _sent;

    protected async Task FuzzAsync(SiloUnderTest silo)
    {
        var seed = Setting("DFF_FUZZ_SEED") ?? (TestSize.IsFull ? Random.Shared.Next() : UsualSeed);
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"DFF_FUZZ_SEED={seed}"));
        var routes = (await silo.Api.GetAsync("/openapi/v1.json")).RequireOk().Json["paths"]!.AsObject()
            // They are there to fail.
            .Where(path => !path.Key.Contains("test-throw-error", StringComparison.Ordinal))
            .SelectMany(path => path.Value!.AsObject().Select(operation => (Method: operation.Key.ToUpperInvariant(), Path: path.Key, Operation: operation.Value!))).ToList();
        var leaving = silo.Api.Stranger();
        await leaving.SignInAsync(SiloProcess.Username, SiloProcess.Password);

        for (var turn = 0; turn < (TestSize.IsFull ? 20 : 2); turn++)
        {
            var known = await KnownAsync(silo.Api);
            await Parallel.ForEachAsync(routes, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (route, _) =>
            {
                var name = $"{route.Method} {route.Path}";
                var grammar = new RequestGrammar(route.Method, route.Path, route.Operation, known, new Random(HashCodeOf($"{seed} {turn} {name}")));
                var token = route.Path.EndsWith("/sign-out", StringComparison.Ordinal) ? leaving.Token : silo.Api.Token;
                for (var number = 0; number < EachTurn; number++) await AskAsync(silo.Api, token!, name, grammar.Next());
            });
        }

        output?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_sent} requests to {routes.Count} routes, {_accepted.Count} of which have accepted one"));
        var because = string.Create(CultureInfo.InvariantCulture, $"of DFF_FUZZ_SEED={seed}, {_failures.Count} kinds of failures in {_sent} requests");
        _failures.Select(failure => $"{failure.Key}\n    {failure.Value}").Take(MostShown).Should().BeEmpty(because);
        _accepted.Count.Should().BeGreaterThan(routes.Count / 2, "requests that are refused at the door test little");
        await RequireHealthyAsync(silo);
    }

    private static async Task RequireHealthyAsync(SiloUnderTest silo)
    {
        silo.Silo.HasExited.Should().BeFalse();
        (await silo.Api.IsReadyAsync()).Should().BeTrue();
        (await silo.Api.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
        await silo.Api.PublishAsync("fuzz_after__a", "@DFF.API('F')\ndef f(x):\n    return x + 1\n");
        (await silo.Api.CallAsync("fuzz_after__a.f", new { x = 1 })).RequireOk();
    }

    /// <summary>One record of each kind, added again where it is gone, and what else leads further into the program.</summary>
    private static async Task<IReadOnlyDictionary<string, string[]>> KnownAsync(ApiClient api)
    {
        await api.PostAsync("/api/v1/scripts/fuzz__a/do/modify", new { data = new { isLocked = false } });
        await api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "fuzz" } });
        await api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "fuzz__a", codeDraft = "@DFF.API('F')\ndef f(x=1, **more):\n    return x\n" } });
        await api.PostAsync("/api/v1/scripts/fuzz__a/do/publish", new { force = true });
        await api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id = "auln-fuzz", funcId = "fuzz__a.f", funcCallKwargsJSON = new { x = "FROM_PARAMETER" } } });
        await api.PostAsync("/api/v1/batches/do/add", new { data = new { id = "bat-fuzz", funcId = "fuzz__a.f", funcCallKwargsJSON = new { x = "FROM_PARAMETER" } } });
        await api.PostAsync("/api/v1/crontab-configs/do/add", new { data = new { id = "cron-fuzz", funcId = "fuzz__a.f", funcCallKwargsJSON = new { }, crontab = "0 0 1 1 *" } });
        await api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "fuzz", valueTEXT = "1", autoTypeCasting = "integer" } });
        await api.PostAsync("/api/v1/data-sources/do/add", new { skipTest = true, data = new { id = "fuzz", type = "redis", configJSON = new { host = "127.0.0.1", port = 1 } } });
        await api.PostAsync("/api/v1/users/do/add", new { data = new { username = "fuzz", password = "some-password-1", name = "F", roles = new[] { "user" } } });
        await api.PostAsync("/api/v1/script-recover-points/do/add", new { data = new { note = "N" } });
        var task = (string?)(await api.CallAsync("fuzz__a.f", new { x = 1 }, new { execMode = "async", saveResult = true })).Json["data"]?["taskId"];
        var known = new Dictionary<string, string[]>
        {
            ["script-sets"] = ["fuzz"],
            ["scriptSetIds"] = ["fuzz"],
            ["scriptSetId"] = ["fuzz"],
            ["scripts"] = ["fuzz__a"],
            ["scriptId"] = ["fuzz__a"],
            ["funcId"] = ["fuzz__a.f", "fuzz__a.f", "fuzz__a.g"],
            ["auth-links"] = ["auln-fuzz"],
            ["sync-apis"] = ["auln-fuzz"],
            ["al"] = ["fuzz", "auln-fuzz"],
            ["batches"] = ["bat-fuzz"],
            ["async-apis"] = ["bat-fuzz"],
            ["bat"] = ["fuzz"],
            ["crontab-configs"] = ["cron-fuzz"],
            ["cron-jobs"] = ["cron-fuzz"],
            ["env-variables"] = ["fuzz"],
            ["envVariableIds"] = ["fuzz"],
            ["data-sources"] = ["fuzz"],
            ["connectors"] = ["fuzz"],
            ["dataSourceIds"] = ["fuzz"],
            ["connectorIds"] = ["fuzz"],
            ["queue"] = ["7", "9", "12"],
            ["host"] = ["127.0.0.1"],
            ["servers"] = ["127.0.0.1:1"],
            ["crontab"] = ["0 0 1 1 *", "*/5 * * * *"],
            ["timezone"] = ["Europe/Berlin"],
            ["codeDraft"] = ["@DFF.API('F')\ndef f(x=1, **more):\n    return x\n", "def", "x = 1"],
            ["code"] = ["x = 1"],
            ["eta"] = ["2020-01-01T00:00:00Z"],
            ["expireTime"] = ["2099-01-01T00:00:00Z"],
            ["webhookURL"] = ["http://127.0.0.1:1/"],
            ["fieldPicking"] = ["id,seq"],
            ["sort"] = ["-seq"],
            ["orderBy"] = ["seq"],
            ["tasks"] = [task ?? "none"],
            ["taskId"] = [task ?? "none", "fuzzed"],
            ["data-processor-task-results"] = [task ?? "none"],
            ["system-configs"] = ["fuzz"],
        };
        foreach (var collection in (string[])["users", "access-keys", "script-recover-points", "api-auth"])
        {
            var rows = (await api.GetAsync($"/api/v1/{collection}/do/list?pageSize=20{(collection == "users" ? "&username=fuzz" : "")}")).RequireOk().Data!.AsArray();
            if (rows.Count > 0) known[collection] = [.. rows.Select(row => (string)row!["id"]!)];
        }

        return known;
    }

    private async Task AskAsync(ApiClient api, string token, string route, FuzzRequest request)
    {
        Interlocked.Increment(ref _sent);
        for (var attempt = 1; ; attempt++)
        {
            using var limit = new CancellationTokenSource(LongestRequest);
            try
            {
                await SendAsync(api, token, route, request, limit.Token);
                return;
            }
            catch (OperationCanceledException)
            {
                _failures.TryAdd($"{route}: no answer within {LongestRequest.TotalSeconds} s", request.ToString());
                return;
            }
            catch (HttpRequestException error)
            {
                // A connection that the server closes after its answer, because the rest of the request cannot be made sense of, may be gone before the answer is read.
                if (attempt < MostAttempts) continue;
                _failures.TryAdd($"{route}: {error.HttpRequestError} {error.InnerException?.Message}", request.ToString());
                return;
            }
        }
    }

    private async Task SendAsync(ApiClient api, string token, string route, FuzzRequest request, CancellationToken cancellationToken)
    {
        using var message = request.ToMessage(api.Http.BaseAddress!, token);
        using var response = await api.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        // Event streams go on.
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream") return;
        var fault = Fault(response, await response.Content.ReadAsStringAsync(cancellationToken));
        if (fault is not null) _failures.TryAdd($"{route}: {fault}", request.ToString());
        else if (response.IsSuccessStatusCode) _accepted.AddOrUpdate(route, 1, (_, count) => count + 1);
    }

    private static string? Fault(HttpResponseMessage response, string text)
    {
        var (status, reason) = ((int)response.StatusCode, ReasonOf(response, text));
        var isDocumented = status < 500 || status is 501
            || (status == 599 && (reason.StartsWith("EFunc", StringComparison.Ordinal) || reason.StartsWith("EScriptPreCheck", StringComparison.Ordinal) || reason is "EAPITimeout" or "EWorkerQueueCongestion"))
            || (status == 503 && reason.StartsWith("ESysLimitReached", StringComparison.Ordinal));
        if (!isDocumented) return $"{status} {reason}";
        if (status >= 400 && text.Contains("   at Dff.", StringComparison.Ordinal)) return $"{status} with a stack trace";
        return reason == "no JSON" ? $"{status} says that it is JSON, and is not" : null;
    }

    private static string ReasonOf(HttpResponseMessage response, string text)
    {
        if ((int)response.StatusCode < 400 || response.Content.Headers.ContentType?.MediaType != "application/json") return "";
        try
        {
            return (string?)JsonNode.Parse(text)?["reason"] ?? "";
        }
        catch (JsonException)
        {
            return "no JSON";
        }
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The same in every process, unlike that of texts.</summary>
    private static int HashCodeOf(string text)
    {
        var hash = 2166136261u;
        foreach (var letter in text) hash = unchecked((hash ^ letter) * 16777619);
        return (int)hash;
    }

    public sealed class OnSqlite : FuzzTests
    {
        [Fact]
        public async Task Whatever_is_sent_nothing_breaks_or_hangs()
        {
            await using var silo = new SqliteSilo();
            await silo.InitializeAsync();
            await FuzzAsync(silo);
        }
    }

    public sealed class OnMariaDb : FuzzTests
    {
        [Fact]
        public async Task Whatever_is_sent_nothing_breaks_or_hangs()
        {
            await using var silo = new MariaDbSilo();
            await silo.InitializeAsync();
            await FuzzAsync(silo);
        }
    }
}
