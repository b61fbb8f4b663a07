using System.Globalization;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Data.Sqlite;

namespace Dff.Cluster.Tests;

/// <summary>
/// A crash between the write of a grain's state and that of its rows, at every such point: the database is made to refuse the rows, all silos are killed,
/// and after the restart the lists are right without anybody having opened the record.
/// </summary>
public sealed class ProjectionRepairTests(Servers servers)
{
    private static readonly IReadOnlyList<Point> Points =
    [
        new("add of a script set", api => api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "setadd" } }), async api => await CountAsync(api, "script-sets/do/list?id=setadd") == 1),
        new("change of a script set", api => api.PostAsync("/api/v1/script-sets/setmodify/do/modify", new { data = new { title = "renamedset" } }), async api => await CountAsync(api, "script-sets/do/list?_fuzzySearch=renamedset") == 1),
        new("delete of a script set", api => api.GetAsync("/api/v1/script-sets/setdelete/do/delete"), async api => await CountAsync(api, "script-sets/do/list?id=setdelete", "scripts/do/list?scriptSetId=setdelete", "funcs/do/list?scriptSetId=setdelete") == 0),
        new("add of a script", api => api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "heal__added" } }), async api => await CountAsync(api, "scripts/do/list?id=heal__added") == 1),
        new("change of a script", api => api.PostAsync("/api/v1/scripts/heal__modify/do/modify", new { data = new { title = "renamedscript" } }), async api => await CountAsync(api, "scripts/do/list?_fuzzySearch=renamedscript") == 1),
        new("publish of a script", api => api.PostAsync("/api/v1/scripts/heal__publish/do/publish", new { force = true }), IsPublishedAsync),
        new("delete of a script", api => api.GetAsync("/api/v1/scripts/heal__delete/do/delete"), async api => await CountAsync(api, "scripts/do/list?id=heal__delete", "funcs/do/list?scriptId=heal__delete") == 0),
        new("add of an auth link", api => api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id = "auln-added", funcId = "heal__publish.f", funcCallKwargsJSON = new { } } }), async api => await CountAsync(api, "auth-links/do/list?id=auln-added") == 1),
        new("change of an auth link", api => api.PostAsync("/api/v1/auth-links/auln-modify/do/modify", new { data = new { note = "renamedlink" } }), async api => await CountAsync(api, "auth-links/do/list?_fuzzySearch=renamedlink") == 1),
        new("delete of an auth link", api => api.GetAsync("/api/v1/auth-links/auln-delete/do/delete"), async api => await CountAsync(api, "auth-links/do/list?id=auln-delete") == 0),
        new("add of a batch", api => api.PostAsync("/api/v1/batches/do/add", new { data = new { id = "bat-added", funcId = "heal__publish.f", funcCallKwargsJSON = new { } } }), async api => await CountAsync(api, "batches/do/list?id=bat-added") == 1),
        new("change of a batch", api => api.PostAsync("/api/v1/batches/bat-modify/do/modify", new { data = new { note = "renamedbatch" } }), async api => await CountAsync(api, "batches/do/list?_fuzzySearch=renamedbatch") == 1),
        new("delete of a batch", api => api.GetAsync("/api/v1/batches/bat-delete/do/delete"), async api => await CountAsync(api, "batches/do/list?id=bat-delete") == 0),
    ];

    [Fact]
    public async Task On_MariaDB_the_lists_are_right_again_after_the_restart()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2);
        var database = cluster.Settings["MYSQL_DATABASE"];
        await PrepareAsync(cluster[0].Api);
        // The change log is the last row of every such transaction, so refusing it refuses them all, while the grain's own write goes through.
        await servers.MariaDb.ExecuteAsync($"CREATE TRIGGER {database}.refuse BEFORE INSERT ON {database}.change_log FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused by the test'");
        await ChangeAllAsync(cluster[0].Api);
        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        await servers.MariaDb.ExecuteAsync($"DROP TRIGGER {database}.refuse");

        var again = await cluster.AddAsync();

        await AllRightAsync(again.Api);
    }

    [Fact]
    public async Task On_SQLite_the_lists_are_right_again_after_the_restart()
    {
        using var directory = new TestDirectory();
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            await PrepareAsync(silo.Api);
            await ExecuteOnSqliteAsync(directory, "CREATE TRIGGER refuse BEFORE INSERT ON change_log BEGIN SELECT RAISE(ABORT, 'refused by the test'); END");
            await ChangeAllAsync(silo.Api);
            await silo.KillAsync();
        }

        await ExecuteOnSqliteAsync(directory, "DROP TRIGGER refuse");

        await using var again = await SiloProcess.StartAsync(directory.Path);

        await AllRightAsync(again.Api);
    }

    private static async Task PrepareAsync(ApiClient api)
    {
        const string Code = "@DFF.API('F')\ndef f():\n    return 'old'\n";
        foreach (var script in new[] { "setmodify__a", "setdelete__a", "heal__modify", "heal__publish", "heal__delete" }) await api.PublishAsync(script, Code);
        await api.AddLinkAsync("auln-modify", "heal__publish.f", new { });
        await api.AddLinkAsync("auln-delete", "heal__publish.f", new { });
        await api.AddBatchAsync("bat-modify", "heal__publish.f", new { });
        await api.AddBatchAsync("bat-delete", "heal__publish.f", new { });
    }

    private static async Task ChangeAllAsync(ApiClient api)
    {
        foreach (var point in Points) (await point.ChangeAsync(api)).IsOk.Should().BeFalse($"the {point.Name} was not acknowledged");
    }

    private static async Task AllRightAsync(ApiClient api)
    {
        foreach (var point in Points) await Eventually.TrueAsync(() => point.IsRightAsync(api), $"the lists are right after the {point.Name}");
    }

    private static async Task<bool> IsPublishedAsync(ApiClient api)
    {
        var row = (await api.GetAsync("/api/v1/scripts/do/list?id=heal__publish")).RequireOk().Data![0]!;
        return (int)row["publishVersion"]! == 2 && (await api.GetAsync("/api/v1/al/modify")).Text == "old";
    }

    private static async Task<int> CountAsync(ApiClient api, params string[] lists)
    {
        var count = 0;
        foreach (var list in lists) count += (await api.GetAsync("/api/v1/" + list)).RequireOk().Data!.AsArray().Count;
        return count;
    }

    private static async Task ExecuteOnSqliteAsync(TestDirectory directory, string sql)
    {
        await using var connection = new SqliteConnection(string.Create(CultureInfo.InvariantCulture, $"Data Source={directory.Combine("dff.db")};Pooling=False"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Point(string Name, Func<ApiClient, Task<ApiAnswer>> ChangeAsync, Func<ApiClient, Task<bool>> IsRightAsync);
}
