using System.Globalization;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What the system remembers of changes.</summary>
public abstract class OperationRecordTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;
    private readonly string _name = $"o{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task A_changing_call_is_recorded_with_who_what_and_how_it_ended()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/env-variables/do/add?extra=1&kwargs=%7B%22token%22%3A%22t%22%7D")
        {
            Content = System.Net.Http.Json.JsonContent.Create(new { data = new { id = _name, valueTEXT = "v", title = "T" } }),
        };
        request.Headers.Add("X-Trace-Id", $"trace-{_name}");
        request.Headers.Add("X-Dff-Client-Id", $"client-{_name}");
        (await _api.SendAsync(request)).RequireOk();
        (await _api.GetAsync($"/api/v1/env-variables/{_name}/do/delete")).RequireOk();
        (await _api.GetAsync($"/api/v1/env-variables/{_name}/do/delete")).IsOk.Should().BeFalse();

        var added = (await RecordsAsync($"traceId=trace-{_name}", 1))[0]!;
        ((string?)added["username"], (string?)added["clientId"], (string?)added["reqMethod"], (string?)added["reqRoute"], (int)added["respStatusCode"]!)
            .Should().Be((SiloProcess.Username, $"client-{_name}", "POST", "/api/v1/env-variables/do/add", 200));
        added["reqBodyJSON"]!.ToJsonString().Should().Be($$$"""{"data":{"id":"{{{_name}}}","valueTEXT":"********","title":"T"}}""");
        added["reqQueryJSON"]!.ToJsonString().Should().Be("""{"extra":"1","kwargs":{"token":"********"}}""");
        added["respBodyJSON"]!.ToJsonString().Should().Be($$$"""{"ok":true,"error":200,"message":"","data":{"id":"{{{_name}}}"}}""");
        ((string?)added["userId"]).Should().Be(await _api.IdOfUserAsync(SiloProcess.Username));
        var deletes = await RecordsAsync($"reqRoute={Uri.EscapeDataString("/api/v1/env-variables/:id/do/delete")}&reqParamsJSON={_name}", 2);
        deletes.Select(row => (int)row!["respStatusCode"]!).Should().Equal(404, 200);
        deletes[0]!["reqParamsJSON"]!.ToJsonString().Should().Be($$"""{"id":"{{_name}}"}""");
        ((string?)deletes[0]!["respBodyJSON"]!["reason"]).Should().Be("EClientNotFound");
    }

    [Fact]
    public async Task Records_are_filtered_searched_paged_and_exported()
    {
        using var user = await _api.AddUserAsync(_name, "user-password-1", ["user"]);
        var before = DateTimeOffset.UtcNow;
        for (var number = 0; number < 3; number++) (await user.PostAsync("/api/v1/auth/profile/do/modify", new { data = new { name = $"{_name}-{number}" } })).RequireOk();
        (await user.PostAsync("/api/v1/env-variables/do/add", new { data = new { } })).IsOk.Should().BeFalse();
        (await user.PostAsync("/api/v1/do/echo", new { echo = _name })).RequireOk();
        (await user.GetAsync("/api/v1/env-variables/do/list")).RequireOk();
        var all = await RecordsAsync($"username={_name}", 4);
        var userId = await _api.IdOfUserAsync(_name);
        async Task<int> CountAsync(string query) => (await _api.GetAsync($"/api/v1/operation-records/do/list?noPage=true&userId={userId}&{query}")).RequireOk().Data!.AsArray().Count;

        (await CountAsync("respStatusCode=400")).Should().Be(1);
        (await CountAsync("reqMethod=GET")).Should().Be(0);
        (await CountAsync($"reqBodyJSON={_name}-1")).Should().Be(1);
        (await CountAsync("respBodyJSON=EClientBadRequest")).Should().Be(1);
        (await CountAsync("reqQueryJSON=_NULL")).Should().Be(4);
        (await CountAsync($"id={all[0]!["id"]}")).Should().Be(1);
        (await CountAsync("_fuzzySearch=PROFILE")).Should().Be(3);
        (await CountAsync($"createTimeFrom={Time(before.AddMinutes(-1))}&createTimeTo={Time(before.AddMinutes(10))}")).Should().Be(4);
        (await CountAsync($"createTimeTo={Time(before.AddMinutes(-1))}")).Should().Be(0);
        (await CountAsync($"createTimeFrom={Time(before.AddMinutes(10))}")).Should().Be(0);
        (await _api.GetAsync("/api/v1/operation-records/do/list?createTimeFrom=yesterday")).Reason.Should().Be("EClientBadRequest");
        var page = (await _api.GetAsync($"/api/v1/operation-records/do/list?userId={userId}&pageSize=3&pageNumber=2")).RequireOk();
        (page.Data!.AsArray().Count, (int)page.Json["pageInfo"]!["totalCount"]!).Should().Be((1, 4));
        (await _api.GetAsync($"/api/v1/operation-records/do/list?userId={userId}&export=csv&fieldPicking=reqRoute,respStatusCode")).Text
            .Should().Be("reqRoute,respStatusCode\r\n/api/v1/env-variables/do/add,400\r\n" + string.Concat(Enumerable.Repeat("/api/v1/auth/profile/do/modify,200\r\n", 3)));
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private async Task<JsonArray> RecordsAsync(string query, int count)
    {
        JsonArray rows = [];
        await Eventually.TrueAsync(
            async () => (rows = (await _api.GetAsync($"/api/v1/operation-records/do/list?{query}")).RequireOk().Data!.AsArray()).Count >= count, $"{count} records of {query} are written");
        rows.Count.Should().Be(count);
        return rows;
    }

    public sealed class OnSqlite(SqliteSilo silo) : OperationRecordTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : OperationRecordTests(silo);
}

/// <summary>Operation records and logs of a silo of the test's own.</summary>
public sealed class OperationRecordSecretTests
{
    [Fact]
    public async Task No_secret_is_found_in_any_record_or_log_and_a_stop_loses_no_record()
    {
        using var directory = new TestDirectory();
        var canaries = new List<string>();
        string Canary(string name)
        {
            canaries.Add($"canary-{name}-{Guid.NewGuid():N}");
            return canaries[^1];
        }

        await using (var silo = await SiloProcess.StartAsync(directory.Path, new Dictionary<string, string> { ["LOG_LEVEL"] = "ALL" }))
        {
            var (api, password) = (silo.Api, Canary("password"));
            canaries.Add(api.Token!);
            using var user = await api.AddUserAsync("canary", password, ["admin"]);
            canaries.Add(user.Token!);
            await user.PostAsync("/api/v1/auth/do/change-password", new { changePassword = new { oldPassword = Canary("wrong"), newPassword = Canary("new") } });
            var changed = Canary("changed");
            (await user.PostAsync("/api/v1/auth/do/change-password", new { changePassword = new { oldPassword = password, newPassword = changed } })).RequireOk();
            await api.Stranger().PostAsync("/api/v1/auth/do/sign-in", new { signIn = new { username = "canary", password = Canary("typo") } });
            var key = await AccessKey.AddAsync(user);
            canaries.Add(key.Secret);
            (await api.Stranger().SendAsync(key.Simple(HttpMethod.Post, "/api/v1/env-variables/do/add", $$$"""{"data":{"id":"db_password","valueTEXT":"{{{Canary("env")}}}"}}"""))).RequireOk();
            (await api.Stranger().SendAsync(key.Sign(HttpMethod.Post, "/api/v1/env-variables/db_password/do/modify", $$$"""{"data":{"valueTEXT":"{{{Canary("env2")}}}"}}"""))).RequireOk();
            (await api.Stranger().PostAsync($"/api/v1/env-variables/do/add?xDFFAuthToken={user.Token}", new { data = new { id = "by_query" } })).RequireOk();
            await api.PublishAsync("canary__a", "@DFF.API('F')\ndef f(password):\n    return {'echo': DFF.ENV('db_password'), 'again': password}\n@DFF.API('G')\ndef g(token):\n    raise ValueError(token)\n");
            (await api.CallAsync("canary__a.f", new { password = Canary("argument") })).RequireOk();
            (await api.CallAsync("canary__a.g", new { token = Canary("raised") })).IsOk.Should().BeFalse();
            (await api.PostAsync("/api/v1/func-draft/canary__a.f", new { kwargs = new { password = Canary("draft") } })).RequireOk();
            (await api.PostAsync("/api/v1/system-configs/smtp_password/do/set", new { data = new { value = Canary("config") } })).RequireOk();
            (await api.PostTextAsync("/api/v1/users/do/add", $$$"""{"data":{"username":"x","password":"{{{Canary("refused")}}}","nope":1}}""")).IsOk.Should().BeFalse();
            (await api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "the_last_change" } })).RequireOk();
            (await silo.StopAsync()).Should().Be(0);
            foreach (var canary in canaries) silo.Output.Should().NotContain(canary);
        }

        foreach (var log in Directory.EnumerateFiles(directory.Path, "*.log"))
        {
            var text = await File.ReadAllTextAsync(log);
            foreach (var canary in canaries) text.Should().NotContain(canary, log);
        }

        await using var again = await SiloProcess.StartAsync(directory.Path);
        var records = (await again.Api.GetAsync("/api/v1/operation-records/do/list?noPage=true")).RequireOk();
        foreach (var canary in canaries) records.Text.Should().NotContain(canary);
        ((string?)records.Data![0]!["reqBodyJSON"]!["data"]!["id"]).Should().Be("the_last_change", "stopping writes what is left");
        records.Data.AsArray().Select(row => (string?)row!["reqRoute"]).Should().Contain(["/api/v1/func/:funcId", "/api/v1/func-draft/:funcId", "/api/v1/auth/do/change-password", "/api/v1/access-keys/do/add"]);
        records.Data.AsArray().Where(row => (string?)row!["reqRoute"] == "/api/v1/func/:funcId").Select(row => row!["respBodyJSON"]!.ToJsonString())
            .Should().Equal("""{"ok":false,"error":599.3,"reason":"EFuncFailed"}""", """{"ok":true,"error":200}""");
    }

    [Fact]
    public async Task The_oldest_records_go_beyond_the_limit_of_the_configuration()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, new Dictionary<string, string> { ["_DBDATA_TABLE_LIMIT_MAP"] = """{"biz_main_operation_record": 5}""", ["WORKER_QUEUES"] = "none" });
        for (var number = 0; number < 20; number++) (await silo.Api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = $"v{number}" } })).RequireOk();
        async Task<List<string>> IdsAsync() =>
            [.. (await silo.Api.GetAsync("/api/v1/operation-records/do/list?noPage=true")).RequireOk().Data!.AsArray().Select(row => (string)row!["reqBodyJSON"]!["data"]!["id"]!)];

        await Eventually.TrueAsync(async () => await IdsAsync() is { Count: 5 } ids && ids[0] == "v19", "the cleaner has been there", TimeSpan.FromMinutes(4));

        (await IdsAsync()).Should().Equal("v19", "v18", "v17", "v16", "v15");
    }
}
