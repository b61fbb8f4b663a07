using System.Text;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Data.Sqlite;

namespace Dff.Silo.Tests;

/// <summary>Data sources that hang, and where their secrets could come to light; on silos of the tests' own.</summary>
public sealed class DataSourceFaultTests(DataSourceServers servers)
{
    private static readonly Dictionary<string, string> Impatient = new() { ["_DATA_SOURCE_TEST_TIMEOUT"] = "1", ["_DATA_SOURCE_QUERY_TIMEOUT"] = "1" };

    [Fact]
    public async Task A_server_that_hangs_keeps_nobody()
    {
        using var directory = new TestDirectory();
        using var silent = new SilentServer();
        await using var silo = await SiloProcess.StartAsync(directory.Path, Impatient);
        foreach (var type in DataSourceServers.Types)
        {
            var config = await servers.ConfigOfAsync(type);
            if (type == "memcached") config["servers"] = $"127.0.0.1:{silent.Port}";
            else config["port"] = silent.Port;
            var refused = await silo.Api.PostAsync("/api/v1/data-sources/do/add", new { data = new { id = type, type, configJSON = config } });
            (refused.Reason, refused.Text.Contains("within 1 s", StringComparison.Ordinal)).Should().Be(("EClientBadRequest.ConnectingToDataSourceFailed", true), refused.Text);
            (await silo.Api.PostAsync("/api/v1/data-sources/do/add", new { skipTest = true, data = new { id = type, type, configJSON = config } })).RequireOk();
            (await silo.Api.PostAsync($"/api/v1/data-sources/{type}/do/query", new { queryStatement = type == "memcached" ? "get k" : "SELECT 1" })).Reason.Should().Be("EClientBadRequest.QueryTimeout");
            await silo.Api.PublishAsync($"{type}__a", $"@DFF.API('F')\ndef f():\n    return DFF.SRC('{type}').check()\n");
            (await silo.Api.CallAsync($"{type}__a.f", options: new { timeout = 1 })).Reason.Should().Be("EFuncTimeout");
        }

        // A statement that runs too long is stopped by its own server.
        foreach (var (type, statement) in ((string, string)[])[("mysql", "SELECT SLEEP(60)"), ("postgresql", "SELECT pg_sleep(60)")])
        {
            (await silo.Api.PostAsync("/api/v1/data-sources/do/add", new { data = new { id = $"slow-{type}", type, configJSON = await servers.ConfigOfAsync(type) } })).RequireOk();
            (await silo.Api.PostAsync($"/api/v1/data-sources/slow-{type}/do/query", new { queryStatement = statement })).Reason.Should().Be("EClientBadRequest.QueryTimeout");
            var running = type == "mysql" ? "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'" : "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()";
            await Eventually.TrueAsync(
                async () => (await silo.Api.PostAsync($"/api/v1/data-sources/slow-{type}/do/query", new { queryStatement = running })).RequireOk().Data![0]!["n"]!.GetValue<int>() == 0, "the statement has ended");
        }
    }

    [Fact]
    public async Task What_is_built_in_is_neither_changed_nor_deleted()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);
        var api = silo.Api;
        (await api.PostAsync("/api/v1/data-sources/do/add", new { skipTest = true, data = new { id = "builtin", type = "redis", configJSON = new { host = "h" } } })).RequireOk();
        await using (var connection = new SqliteConnection($"Data Source={directory.Combine("dff.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE data_source SET isBuiltin = 1 WHERE id = 'builtin'";
            (await command.ExecuteNonQueryAsync()).Should().Be(1);
        }

        foreach (var path in (string[])["data-sources", "connectors"])
        {
            (await api.PostAsync($"/api/v1/{path}/builtin/do/modify", new { data = new { title = "x" } })).Reason.Should().Be("EBizCondition.ModifyingBuiltinDataSourceNotAllowed");
            (await api.GetAsync($"/api/v1/{path}/builtin/do/delete")).Reason.Should().Be("EBizCondition.DeletingBuiltinDataSourceNotAllowed");
        }

        await api.PublishAsync("builtin__a", "@DFF.API('S')\ndef s():\n    DFF.SRC.save('builtin', 'redis', {'host': 'x'})\n@DFF.API('D')\ndef d():\n    DFF.SRC.delete('builtin')\n");
        (await api.CallAsync("builtin__a.s")).Text.Should().Contain("built in");
        (await api.CallAsync("builtin__a.d")).Text.Should().Contain("built in");
        var row = (await api.GetAsync("/api/v1/data-sources/do/list?id=builtin")).RequireOk().Data![0]!;
        ((string?)row["title"], (bool)row["isBuiltin"]!, (string?)row["configJSON"]!["host"]).Should().Be((null, true, "h"));
    }

    [Fact]
    public async Task A_secret_is_in_no_answer_record_log_file_or_process_but_the_worker_that_connects()
    {
        using var directory = new TestDirectory();
        var canaries = new List<string>();
        string Canary(string name)
        {
            canaries.Add($"canary{name}{Guid.NewGuid():N}");
            return canaries[^1];
        }

        var answers = new StringBuilder();
        await using (var silo = await SiloProcess.StartAsync(directory.Path, new Dictionary<string, string>(Impatient) { ["LOG_LEVEL"] = "ALL" }))
        {
            var (api, server) = (silo.Api, await servers.MariaDb);
            async Task<ApiAnswer> SendAsync(string path, object? body)
            {
                var answer = body is null ? await api.GetAsync(path) : await api.PostAsync(path, body);
                answers.AppendLine(answer.Text);
                return answer;
            }

            var (user, password) = ($"u{Guid.NewGuid():N}"[..12], Canary("password"));
            await server.ExecuteAsync($"CREATE USER {user}@'%' IDENTIFIED BY '{password}'");
            object Config(string secret) => new { host = "127.0.0.1", port = server.Port, user, password = secret };
            (await SendAsync("/api/v1/data-sources/do/add", new { data = new { id = "canary", type = "mysql", configJSON = Config(password) } })).RequireOk();
            (await SendAsync("/api/v1/data-sources/do/add", new { data = new { id = "wrong", type = "mysql", configJSON = Config(Canary("wrong")) } })).IsOk.Should().BeFalse();
            (await SendAsync("/api/v1/data-sources/canary/do/modify", new { data = new { configJSON = Config(Canary("changed")) } })).IsOk.Should().BeFalse();
            (await SendAsync("/api/v1/data-sources/do/add", new { data = new { id = "refused", type = "mysql", configJSON = new { host = "h", password = Canary("refused"), nope = 1 } } })).IsOk.Should().BeFalse();
            (await SendAsync("/api/v1/connectors/do/add", new { skipTest = true, data = new { id = "others", type = "influxdb", configJSON = new { host = "h", token = Canary("token"), secretKey = Canary("key"), guanceAPIKey = Canary("api") } } })).RequireOk();
            foreach (var type in DataSourceServers.Types.Where(type => type != "memcached"))
            {
                var config = await servers.ConfigOfAsync(type);
                canaries.Add((string)config["password"]!);
                (await SendAsync("/api/v1/data-sources/do/add", new { data = new { id = type, type, configJSON = config } })).RequireOk();
                config["password"] = Canary(type);
                (await SendAsync("/api/v1/data-sources/do/add", new { data = new { id = $"{type}-wrong", type, configJSON = config } })).IsOk.Should().BeFalse();
            }

            await api.PublishAsync(
                "canary__a",
                """
                import os, time
                @DFF.API('F')
                def f(id, fail=False):
                    source = DFF.SRC(id)
                    print(source, source.query('PING' if id == 'redis' else 'SELECT 1 AS one'))
                    if fail: raise ValueError(repr(source))
                    return [repr(source), DFF.SRC.list(), dict(os.environ), os.getpid()]
                @DFF.API('Bad')
                def bad(id):
                    source = DFF.SRC(id)
                    return source.query('SELEC 1')
                """);
            foreach (var id in (string[])["canary", "mysql", "postgresql", "redis"])
            {
                (await SendAsync("/api/v1/func/canary__a.f", new { kwargs = new { id } })).RequireOk();
                (await SendAsync("/api/v1/func/canary__a.f", new { kwargs = new { id, fail = true } })).IsOk.Should().BeFalse();
                (await SendAsync("/api/v1/func/canary__a.bad", new { kwargs = new { id } })).IsOk.Should().BeFalse();
                (await SendAsync("/api/v1/func-draft/canary__a.f", new { kwargs = new { id, fail = true } })).IsOk.Should().BeFalse();
                (await SendAsync($"/api/v1/data-sources/{id}/do/query", new { queryStatement = "SELEC 1" })).IsOk.Should().BeFalse();
                (await SendAsync($"/api/v1/data-sources/{id}/do/test", null)).RequireOk();
            }

            foreach (var path in (string[])["data-sources/do/list?noPage=true", "connectors/do/list?noPage=true", "data-sources/do/list?export=csv", "connectors/do/list?fieldPicking=sealedSecrets,configJSON,secretFieldsJSON"])
                (await SendAsync($"/api/v1/{path}", null)).RequireOk();
            var family = Family(silo.Id);
            family.Should().HaveCountGreaterThan(3, "silo, zygote and workers");
            foreach (var process in family)
            {
                foreach (var file in (string[])["environ", "cmdline"])
                {
                    var text = await ReadAsync($"/proc/{process}/{file}");
                    foreach (var canary in canaries) text.Should().NotContain(canary, $"/proc/{process}/{file}");
                }
            }

            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/operation-records/do/list?reqRoute=%2Fapi%2Fv1%2Fdata-sources%2F%3Aid%2Fdo%2Fquery&pageSize=1")).RequireOk().Data!.AsArray().Count > 0, "records are written");
            (await SendAsync("/api/v1/operation-records/do/list?noPage=true", null)).RequireOk().Text.Should().Contain("/api/v1/connectors/do/add");
            (await silo.StopAsync()).Should().Be(0);
            answers.AppendLine(silo.Output);
        }

        foreach (var canary in canaries) answers.ToString().Should().NotContain(canary);
        foreach (var file in Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            foreach (var canary in canaries) text.Should().NotContain(canary, file);
        }
    }

    /// <summary>The process and all below it.</summary>
    private static List<int> Family(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id)) continue;
            try
            {
                parents[id] = int.Parse(File.ReadAllText($"{directory}/stat").Split(')')[^1].Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        var family = new List<int> { root };
        for (var index = 0; index < family.Count; index++) family.AddRange(parents.Where(pair => pair.Value == family[index]).Select(pair => pair.Key));
        return family;
    }

    private static async Task<string> ReadAsync(string path)
    {
        try
        {
            return await File.ReadAllTextAsync(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
