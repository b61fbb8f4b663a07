using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Data sources by the API and in scripts, on real servers.</summary>
public abstract class DataSourceTests(SiloUnderTest silo, DataSourceServers servers)
{
    private readonly ApiClient _api = silo.Api;
    private readonly string _id = $"s{Guid.NewGuid():N}"[..12];

    public static TheoryData<string> Types() => [.. DataSourceServers.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_data_source_is_added_listed_tested_queried_used_changed_and_deleted(string type)
    {
        var config = await servers.ConfigOfAsync(type);
        (await AddAsync(type, config, title: "First")).RequireOk().Data!["id"]!.GetValue<string>().Should().Be(_id);
        (await AddAsync(type, config)).Reason.Should().Be("EBizCondition.DuplicatedDataSourceID");
        var row = await RowAsync();
        ((string?)row["type"], (string?)row["title"], (bool)row["isBuiltin"]!, (bool)row["isPinned"]!).Should().Be((type, "First", false, false));
        (row["configJSON"]!["password"], row["configJSON"]!["port"]?.GetValue<int>()).Should().Be((null, (int?)config.GetValueOrDefault("port")));
        row["secretFieldsJSON"]!.ToJsonString().Should().Be(config.ContainsKey("password") ? """["password"]""" : "[]");
        (await _api.GetAsync($"/api/v1/data-sources/{_id}/do/test")).RequireOk();

        var (statement, expected) = Statement(type);
        Text((await QueryAsync(statement)).RequireOk().Data).Should().Be(expected);
        (await QueryAsync(statement, "repr")).RequireOk().Data!.GetValueKind().Should().Be(JsonValueKind.String);
        await _api.PublishAsync($"{_id}__a", $"@DFF.API('F')\ndef f():\n    return [DFF.SRC('{_id}').query({PythonText(statement)}), DFF.CONN('{_id}').check()]\n");
        Text((await _api.CallAsync($"{_id}__a.f")).RequireOk().Data!["result"]).Should().Be($"[{expected},true]");

        (await ModifyAsync(new { title = "Second", isPinned = true })).RequireOk();
        (await ModifyAsync(new { configJSON = new Dictionary<string, object?>(config) { ["password"] = "" } })).RequireOk();
        row = await RowAsync();
        ((string?)row["title"], (bool)row["isPinned"]!).Should().Be(("Second", true));
        (await _api.CallAsync($"{_id}__a.f")).RequireOk();
        (await _api.GetAsync($"/api/v1/data-sources/{_id}/do/delete")).RequireOk();
        (await _api.GetAsync($"/api/v1/data-sources/{_id}/do/delete")).Status.Should().Be(HttpStatusCode.NotFound);
        var gone = await _api.CallAsync($"{_id}__a.f");
        gone.Reason.Should().Be("EFuncFailed");
        ((string?)gone.Json["detail"]!["etype"]).Should().Be("NotFoundException");
        (await QueryAsync(statement)).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_cannot_be_reached_is_not_stored_and_the_server_s_words_are_told()
    {
        foreach (var type in DataSourceServers.Types)
        {
            var config = await servers.ConfigOfAsync(type);
            var closed = FreePorts.Take(1)[0];
            foreach (var (change, word) in ((Dictionary<string, object?>, string)[])
            [
                (new() { ["port"] = closed, ["servers"] = $"127.0.0.1:{closed}" }, "refused"),
                (new() { ["host"] = "no-such-host.invalid", ["servers"] = "no-such-host.invalid:1" }, "no"),
                .. config.ContainsKey("password") ? [(new Dictionary<string, object?> { ["password"] = "canary-wrong" }, type == "mysql" ? "denied" : "password")] : ((Dictionary<string, object?>, string)[])[],
            ])
            {
                var refused = await AddAsync(type, new Dictionary<string, object?>(config.Concat(change.Where(field => config.ContainsKey(field.Key))).GroupBy(field => field.Key).ToDictionary(field => field.Key, field => field.Last().Value)));
                refused.Reason.Should().Be("EClientBadRequest.ConnectingToDataSourceFailed");
                refused.Text.Should().Contain(word).And.NotContain("canary");
            }
        }

        (await _api.GetAsync($"/api/v1/data-sources/do/list?id={_id}")).Data!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task A_changed_password_is_in_force_when_the_change_is_answered()
    {
        var (server, config) = (await servers.MariaDb, await servers.ConfigOfAsync("mysql"));
        var user = _id;
        await server.ExecuteAsync($"CREATE USER {user}@'%' IDENTIFIED BY 'first-password'");
        (config["user"], config["password"]) = (user, "first-password");
        config.Remove("database");
        (await AddAsync("mysql", config)).RequireOk();
        await _api.PublishAsync($"{_id}__a", $"@DFF.API('F')\ndef f():\n    return DFF.SRC('{_id}').query('SELECT CURRENT_USER() AS u')[0]['u']\n");
        for (var call = 0; call < 5; call++) (await _api.CallAsync($"{_id}__a.f")).RequireOk();

        await server.ExecuteAsync($"ALTER USER {user}@'%' IDENTIFIED BY 'second-password'");
        (await ModifyAsync(new { configJSON = new { password = "not-it" } })).Reason.Should().Be("EClientBadRequest.ConnectingToDataSourceFailed");
        (await _api.CallAsync($"{_id}__a.f")).RequireOk();
        (await ModifyAsync(new { configJSON = new { password = "not-it" } }, skipTest: true)).RequireOk();
        (await _api.CallAsync($"{_id}__a.f")).Text.Should().Contain("denied");
        (await ModifyAsync(new { configJSON = new { password = "second-password" } })).RequireOk();
        (await _api.CallAsync($"{_id}__a.f")).RequireOk();
        (await ModifyAsync(new { configJSON = new { password = (string?)null } }, skipTest: true)).RequireOk();
        (await RowAsync())["secretFieldsJSON"]!.ToJsonString().Should().Be("[]");
        (await _api.CallAsync($"{_id}__a.f")).IsOk.Should().BeFalse();
    }

    [Fact]
    public async Task Of_two_changes_of_a_configuration_at_once_none_is_lost()
    {
        (await AddAsync("mongodb", new() { ["host"] = "first" }, skipTest: true)).RequireOk();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number =>
            ModifyAsync(new { configJSON = number % 2 == 0 ? (object)new { user = $"u{number}" } : new { database = $"d{number}" } }, skipTest: true)));

        answers.Should().OnlyContain(answer => answer.IsOk || answer.Reason == "EBizRequestConflict");
        var config = (await RowAsync())["configJSON"]!;
        var winners = Enumerable.Range(0, 12).Where(number => answers[number].IsOk).ToList();
        winners.Should().NotBeEmpty();
        if (winners.Any(number => number % 2 == 0)) ((string?)config["user"]).Should().BeOneOf(winners.Select(number => $"u{number}"));
        if (winners.Any(number => number % 2 == 1)) ((string?)config["database"]).Should().BeOneOf(winners.Select(number => $"d{number}"));
        ((string?)config["host"]).Should().Be("first");
    }

    [Fact]
    public async Task A_type_without_a_driver_is_stored_only_untested_and_says_so_wherever_it_is_used()
    {
        foreach (var type in (string[])["df_dataway", "influxdb", "clickhouse", "oracle", "sqlserver", "mongodb", "elasticsearch", "nsq"])
        {
            var (id, config) = ($"{_id}_{type}", new Dictionary<string, object?> { ["host"] = "127.0.0.1", ["token"] = "t", ["secretKey"] = "k", ["meta"] = new { a = 1 } });
            var refused = await _api.PostAsync("/api/v1/data-sources/do/add", new { data = new { id, type, configJSON = config } });
            refused.Reason.Should().Be("EClientBadRequest.ConnectingToDataSourceFailed");
            refused.Text.Should().Contain($"'{type}' is not installed");
            (await _api.PostAsync("/api/v1/data-sources/do/add", new { skipTest = true, data = new { id, type, configJSON = config } })).RequireOk();
            foreach (var answer in (ApiAnswer[])[await _api.GetAsync($"/api/v1/data-sources/{id}/do/test"), await _api.PostAsync($"/api/v1/data-sources/{id}/do/query", new { queryStatement = "x" })])
            {
                answer.Reason.Should().Be("EClientBadRequest.ConnectingToDataSourceFailed");
                answer.Text.Should().Contain($"'{type}' is not installed");
            }

            await _api.PublishAsync($"{_id}__a", $"@DFF.API('F')\ndef f():\n    try:\n        DFF.SRC('{id}')\n    except DFF.NotEnabledException as e:\n        return str(e)\n");
            (await _api.CallAsync($"{_id}__a.f")).RequireOk().Text.Should().Contain($"'{type}' is not installed");
            var row = (await _api.GetAsync($"/api/v1/data-sources/do/list?id={id}")).RequireOk().Data![0]!;
            row["configJSON"]!.ToJsonString().Should().Be("""{"host":"127.0.0.1","meta":{"a":1}}""");
            row["secretFieldsJSON"]!.ToJsonString().Should().Be("""["secretKey","token"]""");
        }

        (await _api.GetAsync("/api/v1/data-sources/do/list?noPage=true&type=oracle,nsq&_fuzzySearch=" + _id.ToUpperInvariant())).RequireOk().Data!.AsArray().Count.Should().Be(2);
        (await _api.GetAsync($"/api/v1/data-sources/do/list?type=oracle&_fuzzySearch={_id}&export=csv&fieldPicking=id,type,configJSON")).Text
            .Should().Be("id,type,configJSON\r\n" + $"{_id}_oracle,oracle,\"{{\"\"host\"\":\"\"127.0.0.1\"\",\"\"meta\"\":{{\"\"a\"\":1}}}}\"\r\n");
    }

    [Fact]
    public async Task Bad_input_is_refused_by_the_name_of_its_field_and_changes_nothing()
    {
        foreach (var (data, reason, field) in ((object, string, string)[])
        [
            (new { id = "a b", type = "mysql", configJSON = new { host = "h" } }, "EClientBadRequest", "data.id"),
            (new { id = _id, type = "access", configJSON = new { host = "h" } }, "EClientBadRequest", "data.type"),
            (new { id = _id, type = "mqtt", configJSON = new { host = "h" } }, "EClientBadRequest", "data.type"),
            (new { id = _id, type = "mysql" }, "EClientBadRequest", "data.configJSON"),
            (new { id = _id, type = "mysql", configJSON = "text" }, "EClientBadRequest", "data.configJSON"),
            (new { id = _id, type = "mysql", configJSON = new { host = 1 } }, "EClientBadRequest", "data.configJSON.host"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", nope = "x" } }, "EClientBadRequest", "data.configJSON.nope"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", port = "3306" } }, "EClientBadRequest", "data.configJSON.port"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", protocol = "ftp" } }, "EClientBadRequest", "data.configJSON.protocol"),
            (new { id = _id, type = "mysql", configJSON = new { user = "u" } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.host"),
            (new { id = _id, type = "postgresql", configJSON = new { host = "/var/run/postgresql" } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.host"),
            (new { id = _id, type = "redis", configJSON = new { host = "h:6379" } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.host"),
            (new { id = _id, type = "redis", configJSON = new { host = "u:p@h" } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.host"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", port = 70000 } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.port"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", port = 0 } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.port"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", charset = "utf8; DROP" } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.charset"),
            (new { id = _id, type = "memcached", configJSON = new { } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.servers"),
            (new { id = _id, type = "memcached", configJSON = new { servers = "unix:/tmp/s" } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.servers"),
            (new { id = _id, type = "memcached", configJSON = new { servers = "a:1,b:99999" } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.servers"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", password = new string('x', 5000) } }, "EClientBadRequest.InvalidDataSourceConfigJSON", "data.configJSON.password"),
        ])
        {
            var refused = await _api.PostAsync("/api/v1/data-sources/do/add", new { data });
            (refused.Status, refused.Reason, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, reason, field), refused.Text);
        }

        (await _api.PostAsync("/api/v1/data-sources/do/add", new { data = new { id = $"df_{_id}", type = "mysql", configJSON = new { host = "h" } } })).Reason.Should().Be("EBizCondition.ReservedDataSourceIDPrefix");
        (await _api.GetAsync($"/api/v1/data-sources/do/list?noPage=true&_fuzzySearch={_id}")).RequireOk().Data!.AsArray().Should().BeEmpty();
        (await ModifyAsync(new { title = "x" })).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync($"/api/v1/data-sources/{_id}/do/test")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync("/api/v1/data-sources/do/list?nope=1")).Reason.Should().Be("EClientBadRequest");
    }

    [Fact]
    public async Task A_statement_that_fails_says_why()
    {
        (await AddAsync("mysql", await servers.ConfigOfAsync("mysql"))).RequireOk();
        var failed = await QueryAsync("SELECT * FROM no_such_table");
        failed.Reason.Should().Be("EClientBadRequest.QueryFailed");
        failed.Text.Should().Contain("no_such_table").And.Contain("1146");
        (await QueryAsync("SELECT REPEAT('x', 20000000) AS v")).Text.Should().Contain("larger than 10485760 bytes");
        (await QueryAsync("SELECT 1 FROM information_schema.columns a, information_schema.columns b")).Text.Should().Contain("more than 10000 rows");
        (await QueryAsync("SELECT DATABASE() AS d", database: "information_schema")).RequireOk().Data![0]!["d"]!.GetValue<string>().Should().Be("information_schema");
        (await QueryAsync("SELECT 1", "table")).Reason.Should().Be("EClientBadRequest");
        (await _api.PostAsync($"/api/v1/data-sources/{_id}/do/query", new { queryStatement = "" })).Reason.Should().Be("EClientBadRequest");
    }

    [Fact]
    public async Task Scripts_list_save_and_delete_data_sources()
    {
        await _api.PublishAsync(
            $"{_id}__a",
            $"""
            @DFF.API('Save')
            def save(config, id='{_id}', type='redis'):
                return DFF.SRC.save(id, type, config, 'T', 'D')['id']
            @DFF.API('Use')
            def use():
                return DFF.SRC('{_id}').query('ECHO', 'hello')
            @DFF.API('List')
            def all():
                return [source for source in DFF.SRC.list() if source['id'] == '{_id}']
            @DFF.API('Delete')
            def delete():
                return [DFF.SRC.delete('{_id}'), DFF.SRC.delete('{_id}')]
            """);
        var config = await servers.ConfigOfAsync("redis");
        (await _api.CallAsync($"{_id}__a.save", new { config })).RequireOk();
        (await _api.CallAsync($"{_id}__a.use")).RequireOk().Data!["result"]!.GetValue<string>().Should().Be("hello");
        var listed = (await _api.CallAsync($"{_id}__a.all")).RequireOk();
        listed.Data!["result"]![0]!.ToJsonString().Should().Contain("\"title\":\"T\"").And.NotContain("password");
        (await _api.CallAsync($"{_id}__a.save", new { config = new Dictionary<string, object?>(config) { ["password"] = "wrong" } })).RequireOk();
        (await _api.CallAsync($"{_id}__a.use")).IsOk.Should().BeFalse();
        foreach (var bad in (object[])
        [
            new { config, id = "df_x" }, new { config, type = "nope" }, new { config = new { } }, new { config = new { host = "h", nope = 1 } }, new { config = new { host = 1 } }, new { config = "text" },
        ])
            (await _api.CallAsync($"{_id}__a.save", bad)).IsOk.Should().BeFalse(bad.ToString());
        (await _api.CallAsync($"{_id}__a.delete")).RequireOk().Data!["result"]!.ToJsonString().Should().Be("[true,false]");
        ((string?)(await _api.CallAsync($"{_id}__a.use")).Json["detail"]!["etype"]).Should().Be("NotFoundException");
    }

    [Fact]
    public async Task Connectors_are_the_same_records_under_their_later_name()
    {
        var config = await servers.ConfigOfAsync("redis");
        (await _api.PostAsync("/api/v1/connectors/do/add", new { data = new { id = _id, type = "redis", configJSON = config, isPinned = true } })).RequireOk();
        (await RowAsync())["isPinned"]!.GetValue<bool>().Should().BeTrue();
        (await _api.PostAsync($"/api/v1/connectors/{_id}/do/query", new { queryStatement = "ECHO hello" })).RequireOk().Data!.GetValue<string>().Should().Be("hello");
        (await _api.GetAsync($"/api/v1/connectors/{_id}/do/test")).RequireOk();
        (await _api.GetAsync($"/api/v1/connectors/{_id}/sub-info/do/list")).RequireOk().Data!.AsArray().Should().BeEmpty();
        (await _api.PostAsync($"/api/v1/connectors/{_id}/do/modify", new { skipTest = true, data = new { title = "T", configJSON = new { host = "elsewhere" } } })).RequireOk();
        ((string?)(await RowAsync())["configJSON"]!["host"]).Should().Be("elsewhere");
        (await _api.PostAsync("/api/v1/connectors/do/add", new { skipTest = true, data = new { id = $"{_id}.g", type = "guance", configJSON = new { guanceNode = "n", guanceAPIKeyId = "i", guanceAPIKey = "canary-key" } } })).RequireOk();
        var rows = (await _api.GetAsync($"/api/v1/connectors/do/list?id={_id},{_id}.g")).RequireOk();
        rows.Data!.AsArray().Count.Should().Be(2);
        rows.Text.Should().NotContain("canary-key").And.Contain("guanceAPIKey\"]");
        (await _api.GetAsync($"/api/v1/connectors/{_id}/do/delete")).RequireOk();
        (await _api.GetAsync($"/api/v1/connectors/{_id}/sub-info/do/list")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync($"/api/v1/data-sources/do/list?id={_id}")).RequireOk().Data!.AsArray().Should().BeEmpty();
    }

    private static (string Statement, string Answer) Statement(string type) => type switch
    {
        "mysql" or "postgresql" => ("SELECT 1 AS one, 'ü' AS text", """[{"one":1,"text":"ü"}]"""),
        "redis" => ("ECHO hello", "\"hello\""),
        _ => ("set greeting hello", "true"),
    };

    private static string PythonText(string text) => JsonSerializer.Serialize(text);

    private static string Text(JsonNode? json) => json!.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private Task<ApiAnswer> AddAsync(string type, Dictionary<string, object?> config, string? title = null, bool skipTest = false) =>
        _api.PostAsync("/api/v1/data-sources/do/add", new { skipTest, data = new { id = _id, type, title, configJSON = config } });

    private Task<ApiAnswer> ModifyAsync(object data, bool skipTest = false) => _api.PostAsync($"/api/v1/data-sources/{_id}/do/modify", new { skipTest, data });

    private Task<ApiAnswer> QueryAsync(string statement, string? form = null, string? database = null) =>
        _api.PostAsync($"/api/v1/data-sources/{_id}/do/query", new { queryStatement = statement, returnType = form, database });

    private async Task<JsonNode> RowAsync() => (await _api.GetAsync($"/api/v1/data-sources/do/list?id={_id}")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!;

    public sealed class OnSqlite(SqliteSilo silo, DataSourceServers servers) : DataSourceTests(silo, servers);

    public sealed class OnMariaDb(MariaDbSilo silo, DataSourceServers servers) : DataSourceTests(silo, servers);
}
