using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>
/// A crash between the write of a grain's state and that of its rows, at every such point: the database is made to refuse the rows, all silos are killed,
/// and after the restart the lists are right without anybody having opened the record.
/// </summary>
public sealed class ProjectionRepairTests(Servers servers)
{
    public static TheoryData<string> Points => ["script-set add", "script-set modify", "script-set delete", "script add", "script modify", "script publish", "script delete", "link add", "link modify", "link delete"];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task The_lists_are_right_again_after_the_restart(string point)
    {
        await using var cluster = await TestCluster.StartAsync(servers, 1);
        var database = cluster.Settings["MYSQL_DATABASE"];
        var api = cluster[0].Api;
        await api.PublishAsync("heal__a", "@DFF.API('F')\ndef f():\n    return 'old'\n");
        await api.AddLinkAsync("auln-heal", "heal__a.f", new { });
        // The change log is the last row of every such transaction, so refusing it refuses them all, while the grain's own write goes through.
        await servers.MariaDb.ExecuteAsync($"CREATE TRIGGER {database}.refuse BEFORE INSERT ON {database}.change_log FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused by the test'");

        var answer = await ChangeAsync(api, point);

        answer.IsOk.Should().BeFalse("nothing was acknowledged");
        await cluster[0].KillAsync();
        await servers.MariaDb.ExecuteAsync($"DROP TRIGGER {database}.refuse");
        var again = await cluster.AddAsync();
        await Eventually.TrueAsync(async () => await IsRightAsync(again.Api, point), $"the lists are right after {point}");
    }

    private static async Task<ApiAnswer> ChangeAsync(ApiClient api, string point) => point switch
    {
        "script-set add" => await api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "healnew" } }),
        "script-set modify" => await api.PostAsync("/api/v1/script-sets/heal/do/modify", new { data = new { title = "new" } }),
        "script-set delete" => await api.GetAsync("/api/v1/script-sets/heal/do/delete"),
        "script add" => await api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "heal__new" } }),
        "script modify" => await api.PostAsync("/api/v1/scripts/heal__a/do/modify", new { data = new { title = "new" } }),
        "script publish" => await PublishAsync(api),
        "script delete" => await api.GetAsync("/api/v1/scripts/heal__a/do/delete"),
        "link add" => await api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id = "auln-healnew", funcId = "heal__a.f", funcCallKwargsJSON = new { } } }),
        "link modify" => await api.PostAsync("/api/v1/auth-links/auln-heal/do/modify", new { data = new { note = "new" } }),
        "link delete" => await api.GetAsync("/api/v1/auth-links/auln-heal/do/delete"),
        _ => throw new ArgumentException(point),
    };

    private static async Task<ApiAnswer> PublishAsync(ApiClient api) => await api.PostAsync("/api/v1/scripts/heal__a/do/publish", new { force = true });

    private static async Task<bool> IsRightAsync(ApiClient api, string point) => point switch
    {
        "script-set add" => await CountAsync(api, "script-sets/do/list?id=healnew") == 1,
        "script-set modify" => await CountAsync(api, "script-sets/do/list?_fuzzySearch=new") == 1,
        "script-set delete" => await CountAsync(api, "script-sets/do/list?id=heal") + await CountAsync(api, "scripts/do/list?scriptSetId=heal") + await CountAsync(api, "funcs/do/list?scriptSetId=heal") == 0,
        "script add" => await CountAsync(api, "scripts/do/list?id=heal__new") == 1,
        "script modify" => await CountAsync(api, "scripts/do/list?_fuzzySearch=new") == 1,
        "script publish" => (int)(await api.GetAsync("/api/v1/scripts/do/list?id=heal__a")).RequireOk().Data![0]!["publishVersion"]! == 2 && (await api.GetAsync("/api/v1/al/heal")).Text == "old",
        "script delete" => await CountAsync(api, "scripts/do/list?id=heal__a") + await CountAsync(api, "funcs/do/list?scriptId=heal__a") == 0,
        "link add" => await CountAsync(api, "auth-links/do/list?id=auln-healnew") == 1,
        "link modify" => await CountAsync(api, "auth-links/do/list?_fuzzySearch=new") == 1,
        "link delete" => await CountAsync(api, "auth-links/do/list?id=auln-heal") == 0,
        _ => throw new ArgumentException(point),
    };

    private static async Task<int> CountAsync(ApiClient api, string list) => (await api.GetAsync("/api/v1/" + list)).RequireOk().Data!.AsArray().Count;
}
