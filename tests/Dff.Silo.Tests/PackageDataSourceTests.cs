using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Data sources that go out in packages and come in again, without what is secret in them.</summary>
public abstract class PackageDataSourceTests(SiloUnderTest silo, DataSourceServers servers)
{
    private const string Export = "/api/v1/script-sets/do/export";
    private const string Import = "/api/v1/script-sets/do/import";
    private const string Confirm = "/api/v1/script-sets/do/confirm-import";

    private readonly ApiClient _api = silo.Api;
    private readonly string _id = $"p{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task Data_sources_go_along_without_their_secrets_and_keep_those_that_are_there()
    {
        var config = await servers.ConfigOfAsync("mysql");
        (await _api.PostAsync("/api/v1/data-sources/do/add", new { data = new { id = _id, type = "mysql", title = "Ö", description = "D", isPinned = true, configJSON = config } })).RequireOk();
        await _api.PublishAsync($"{_id}__a", $"@DFF.API('F')\ndef f():\n    return DFF.SRC('{_id}').query('SELECT 1 AS one')\n");
        var exported = await RowAsync(_id);
        var (_, file) = await _api.DownloadAsync(Export, new { scriptSetIds = new[] { _id }, password = (string?)null, note = "N", dataSourceIds = new[] { _id, _id } });
        TextOf(file).Should().NotContain((string)config["password"]!).And.Contain("secretFieldsJSON");
        (await _api.PostAsync($"/api/v1/data-sources/{_id}/do/modify", new { data = new { title = "T", isPinned = false, configJSON = new { database = "information_schema" } } })).RequireOk();

        var imported = (await _api.UploadAsync(Import, file)).RequireOk().Data!;

        ((int)imported["summary"]!["counts"]!["dataSources"]!).Should().Be(1);
        imported["summary"]!["notices"]!.AsArray().Should().BeEmpty("it has all that it had");
        imported["diff"]!["replace"]!.AsArray().Select(record => $"{record!["kind"]} {record["id"]}").Should().Contain($"dataSources {_id}");
        var row = await RowAsync(_id);
        foreach (var field in (string[])["title", "description", "type", "configJSON", "secretFieldsJSON", "isPinned"])
            (row[field]?.ToJsonString()).Should().Be(exported[field]?.ToJsonString(), field);
        (await _api.GetAsync($"/api/v1/data-sources/{_id}/do/test")).RequireOk();
        (await _api.CallAsync($"{_id}__a.f")).RequireOk();
    }

    [Fact]
    public async Task A_new_data_source_is_stored_without_secrets_and_check_and_history_say_what_it_lacks()
    {
        var canary = $"canary-{Guid.NewGuid():N}";
        await _api.PublishAsync($"{_id}__a", "x = 1\n");
        await AddAsync(_id, "influxdb", new { host = "first.example", port = 8086, user = "u", password = $"{canary}-1", token = $"{canary}-2", secretKey = $"{canary}-3", meta = new { tags = new[] { "ü" } } });
        await AddAsync($"{_id}.open", "mongodb", new { host = "second.example" });
        var (_, file) = await _api.DownloadAsync(
            Export, new { scriptSetIds = new[] { _id }, password = "", note = "N", dataSourceIds = new[] { _id }, connectorIds = new[] { $"{_id}.open" } });
        TextOf(file).Should().NotContain("canary").And.Contain("first.example").And.Contain("second.example");
        (await _api.GetAsync("/api/v1/script-set-export-history/do/list?pageSize=1")).RequireOk().Text.Should().NotContain("canary").And.Contain("dataSources");
        foreach (var id in (string[])[_id, $"{_id}.open"]) (await _api.GetAsync($"/api/v1/data-sources/{id}/do/delete")).RequireOk();

        var check = (await _api.UploadAsync(Import, file, new Dictionary<string, string> { ["checkOnly"] = "true" })).RequireOk().Data!;

        check["diff"]!["add"]!.AsArray().Select(record => (string?)record!["id"]).Should().Equal(_id, $"{_id}.open");
        Notice(check["summary"]!).Should().Be($"dataSources {_id}: stored without password, secretKey, token, which packages do not hold; set it before the data source is used");
        (await _api.GetAsync($"/api/v1/data-sources/do/list?id={_id}")).RequireOk().Data!.AsArray().Should().BeEmpty("a check changes nothing");
        var imported = (await _api.PostAsync(Confirm, new { confirmId = (string?)check["confirmId"] })).RequireOk().Data!;
        Notice(imported["summary"]!).Should().Be(Notice(check["summary"]!));
        var history = (await _api.GetAsync($"/api/v1/script-set-import-history/do/list?id={imported["id"]}")).RequireOk().Data![0]!;
        Notice(history["summaryJSON"]!).Should().Be(Notice(check["summary"]!));
        var row = await RowAsync(_id);
        row["secretFieldsJSON"]!.ToJsonString().Should().Be("[]");
        JsonNode.DeepEquals(row["configJSON"], JsonNode.Parse("""{"host":"first.example","meta":{"tags":["ü"]},"port":8086,"user":"u"}""")).Should().BeTrue(row.ToJsonString());
        await ModifyAsync(new { password = "p", secretKey = "k", token = "t" });
        (await RowAsync(_id))["secretFieldsJSON"]!.ToJsonString().Should().Be("""["password","secretKey","token"]""");
        (await _api.UploadAsync(Import, file)).RequireOk().Data!["summary"]!["notices"]!.AsArray().Should().BeEmpty("it is complete now");
        (await RowAsync(_id))["secretFieldsJSON"]!.ToJsonString().Should().Be("""["password","secretKey","token"]""");

        await ModifyAsync(new { host = "elsewhere.example", token = (string?)null });
        Notice((await _api.UploadAsync(Import, file)).RequireOk().Data!["summary"]!).Should()
            .Contain("stored without token").And.Contain("keeps its password, secretKey, which another server than until now is given");
    }

    [Fact]
    public async Task What_is_no_data_source_or_cannot_go_along_is_refused_by_its_name()
    {
        await _api.PublishAsync($"{_id}__a", "x = 1\n");
        var missing = await _api.PostAsync(Export, new { scriptSetIds = new[] { _id }, password = "", note = "N", dataSourceIds = new[] { "nothing-has-this-id" } });
        (missing.Status, missing.Reason).Should().Be((HttpStatusCode.NotFound, "EClientNotFound"));
        foreach (var (row, field) in ((object, string)[])
        [
            (new { id = "a b", type = "mysql", configJSON = new { host = "h" } }, "id"),
            (new { id = $"df_{_id}", type = "mysql", configJSON = new { host = "h" } }, "id"),
            (new { id = _id, configJSON = new { host = "h" } }, "type"),
            (new { id = _id, type = "spaceship", configJSON = new { host = "h" } }, "type"),
            (new { id = _id, type = "mysql" }, "configJSON"),
            (new { id = _id, type = "mysql", configJSON = "host" }, "configJSON"),
            (new { id = _id, type = "mysql", configJSON = new { user = "u" } }, "configJSON"),
            (new { id = _id, type = "mysql", configJSON = new { host = "/tmp/mysql.sock" } }, "configJSON"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", nope = 1 } }, "configJSON"),
            (new { id = _id, type = "kafka", configJSON = new { servers = "h:1", topicHandlers = "x" } }, "configJSON"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", password = "canary" } }, "configJSON.password"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", meta = JsonNode.Parse(new string('[', 40) + new string(']', 40)) } }, "configJSON"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h", token = new { } } }, "configJSON.token"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h" }, secretFieldsJSON = new[] { "host" } }, "secretFieldsJSON"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h" }, isPinned = "yes" }, "isPinned"),
            (new { id = _id, type = "mysql", configJSON = new { host = "h" }, title = new string('x', 257) }, "title"),
        ])
        {
            var refused = await _api.UploadAsync(Import, Package(row));
            (refused.Status, (string?)refused.Json["detail"]?["field"]).Should().Be((HttpStatusCode.BadRequest, $"files:dataSources[0].{field}"), refused.Text);
            refused.Text.Should().NotContain("canary");
        }

        var twice = new { id = _id, type = "mysql", configJSON = new { host = "h" } };
        (await _api.UploadAsync(Import, Package(twice, twice))).Text.Should().Contain("is there twice");
        (await _api.GetAsync($"/api/v1/data-sources/do/list?id={_id}")).RequireOk().Data!.AsArray().Should().BeEmpty();
    }

    private static byte[] Package(params object[] sources) => LegacyPackage.Zip(("manifest.json", JsonSerializer.Serialize(new { format = "dff-package", version = 1, note = "N", parts = new { dataSources = sources } })));

    /// <summary>Everything that is in it, and its bytes as they are.</summary>
    private static string TextOf(byte[] file)
    {
        var text = new StringBuilder(Encoding.Latin1.GetString(file));
        using var archive = new ZipArchive(new MemoryStream(file));
        foreach (var entry in archive.Entries)
        {
            using var reader = new StreamReader(entry.Open());
            text.Append(entry.FullName).Append(reader.ReadToEnd());
        }

        return text.ToString();
    }

    private static string Notice(JsonNode summary)
    {
        var notice = summary["notices"]!.AsArray().Should().ContainSingle().Subject!;
        return $"{notice["part"]} {notice["id"]}: {notice["message"]}";
    }

    private async Task AddAsync(string id, string type, object configJSON) =>
        (await _api.PostAsync("/api/v1/data-sources/do/add", new { skipTest = true, data = new { id, type, configJSON } })).RequireOk();

    private async Task ModifyAsync(object configJSON) => (await _api.PostAsync($"/api/v1/data-sources/{_id}/do/modify", new { skipTest = true, data = new { configJSON } })).RequireOk();

    private async Task<JsonNode> RowAsync(string id) => (await _api.GetAsync($"/api/v1/data-sources/do/list?id={id}")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!;

    public sealed class OnSqlite(SqliteSilo silo, DataSourceServers servers) : PackageDataSourceTests(silo, servers);

    public sealed class OnMariaDb(MariaDbSilo silo, DataSourceServers servers) : PackageDataSourceTests(silo, servers);
}
