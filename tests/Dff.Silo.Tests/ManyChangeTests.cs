using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>The routes …-many change all records or none.</summary>
public abstract class ManyChangeTests(SiloUnderTest silo)
{
    private const string Code = "@DFF.API('F', tags=['many'])\ndef f(x=1, y=2):\n    return [x, y]\n";

    private readonly ApiClient _api = silo.Api;

    [Theory]
    [InlineData("auth-links", "al")]
    [InlineData("sync-apis", "sync")]
    [InlineData("batches", null)]
    [InlineData("async-apis", null)]
    [InlineData("crontab-configs", null)]
    [InlineData("cron-jobs", null)]
    public async Task Many_are_added_changed_and_deleted(string path, string? call)
    {
        var script = await PublishAsync();
        var data = Enumerable.Range(0, 3).Select(number => Item(path, $"{script}-{number}", $"{script}.f", new { x = number })).ToArray();

        var added = Ids(await _api.PostAsync($"/api/v1/{path}/do/add-many", new { data }));

        added.Should().Equal($"{script}-0", $"{script}-1", $"{script}-2");
        var list = await _api.GetAsync($"/api/v1/{path}/do/list?funcId={script}.f&sort=seq");
        list.RequireOk().Data!.AsArray().Select(row => (string?)row!["id"]).Should().Equal(added);
        list.Headers.Contains("X-Dff-Jobs-In-Progress").Should().BeFalse("it has ended");
        Ids(await _api.PostAsync($"/api/v1/{path}/do/modify-many?id={added[0]},{added[2]},none", new { data = new { note = "changed", tagsJSON = new[] { script } } })).Should().BeEquivalentTo(added[0], added[2]);
        (await ListAsync(path, $"tags={script}")).Select(row => (string?)row!["note"]).Should().Equal("changed", "changed");
        Ids(await _api.GetAsync($"/api/v1/{path}/do/delete-many?tags={script}&func_tags=many")).Should().BeEquivalentTo(added[0], added[2]);
        (await ListAsync(path, $"funcId={script}.f")).Select(row => (string?)row!["id"]).Should().Equal(added[1]);
        if (call is not null) (await _api.GetAsync($"/api/v1/{call}/{added[1]}")).Text.Should().Be("[1,2]");
        Ids(await _api.GetAsync($"/api/v1/{path}/do/delete-many?id=none")).Should().BeEmpty();
        Ids(await _api.GetAsync($"/api/v1/{path}/do/delete-many?funcId={script}.f")).Should().Equal(added[1]);
    }

    [Theory]
    [InlineData("auth-links", "data[1].funcId")]
    [InlineData("async-apis", "data[1].funcId")]
    [InlineData("cron-jobs", "data[1].funcId")]
    public async Task Where_one_is_refused_none_is_added(string path, string field)
    {
        var script = await PublishAsync();

        var refused = await _api.PostAsync($"/api/v1/{path}/do/add-many", new { data = new[] { Item(path, $"{script}-0", $"{script}.f", new { x = 1 }), Item(path, $"{script}-1", $"{script}.none", new { x = 2 }) } });

        (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.NotFound, field), refused.Text);
        (await ListAsync(path, $"id={script}-0,{script}-1")).Should().BeEmpty();
        var unknown = await _api.PostAsync($"/api/v1/{path}/do/add-many", new { data = new object[] { new { funcId = $"{script}.f", funcCallKwargsJSON = new { }, nope = 1 } } });
        (unknown.Status, (string?)unknown.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, "data[0].nope"));
        var twice = await _api.PostAsync($"/api/v1/{path}/do/add-many", new { data = new[] { Item(path, script, $"{script}.f", new { x = 1 }), Item(path, script, $"{script}.f", new { x = 2 }) } });
        (twice.Status, (string?)twice.Json["detail"]!["field"]).Should().Be((HttpStatusCode.Conflict, "data[1].id"));
        foreach (var request in (HttpRequestMessage[])[new(HttpMethod.Get, $"/api/v1/{path}/do/delete-many"), new(HttpMethod.Get, $"/api/v1/{path}/do/delete-many?pageSize=1"), new(HttpMethod.Get, $"/api/v1/{path}/do/delete-many?nope=1")])
            (await _api.SendAsync(request)).Status.Should().Be(HttpStatusCode.BadRequest, "a request without a filter would delete all");
        (await _api.PostAsync($"/api/v1/{path}/do/add-many", new { data = Array.Empty<object>() })).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task What_only_shows_on_the_way_takes_back_what_was_done()
    {
        var script = await PublishAsync();
        object Config(string id, int x) => new { id, funcId = $"{script}.f", funcCallKwargsJSON = new { x }, cronExpr = "0 0 1 1 *", scope = script };

        // The second and third are one config, which neither is before the other has been added.
        var refused = await _api.PostAsync("/api/v1/cron-jobs/do/add-many", new { data = new[] { Config($"{script}-0", 1), Config($"{script}-1", 2), Config($"{script}-2", 2) } });

        (refused.Reason, (int)refused.Json["detail"]!["index"]!).Should().Be(("EBizCondition.DuplicatedCrontabConfig", 2), refused.Text);
        (await ListAsync("cron-jobs", $"scope={script}")).Should().BeEmpty();
        Ids(await _api.PostAsync("/api/v1/cron-jobs/do/add-many", new { data = new[] { Config($"{script}-0", 1), Config($"{script}-1", 2) } })).Count.Should().Be(2);

        var same = await _api.PostAsync($"/api/v1/cron-jobs/do/modify-many?scope={script}", new { data = new { funcCallKwargsJSON = new { x = 3 }, note = "n" } });

        same.Reason.Should().Be("EBizCondition.DuplicatedCrontabConfig");
        (await ListAsync("cron-jobs", $"scope={script}&sort=id")).Select(row => (row!["funcCallKwargsJSON"]!.ToJsonString(), (string?)row["note"]))
            .Should().BeEquivalentTo([("""{"x":1}""", (string?)null), ("""{"x":2}""", null)]);
    }

    [Fact]
    public async Task A_change_of_many_stands_in_the_operation_records()
    {
        var script = await PublishAsync();
        Ids(await _api.GetAsync($"/api/v1/auth-links/do/delete-many?funcId={script}.f")).Should().BeEmpty();
        await Eventually.TrueAsync(async () => (await _api.GetAsync($"/api/v1/operation-records/do/list?reqQueryJSON={script}")).RequireOk().Data!.AsArray().Count == 1, "it is recorded");
    }

    private static object Item(string path, string id, string funcId, object kwargs) => path switch
    {
        "crontab-configs" => new { id, funcId, funcCallKwargsJSON = kwargs, crontab = "0 0 1 1 *" },
        "cron-jobs" => new { id, funcId, funcCallKwargsJSON = kwargs, cronExpr = "0 0 1 1 *" },
        _ => new { id, funcId, funcCallKwargsJSON = kwargs },
    };

    private static List<string> Ids(ApiAnswer answer) => [.. answer.RequireOk().Data!["ids"]!.AsArray().Select(id => (string)id!)];

    private async Task<JsonArray> ListAsync(string path, string query) => (await _api.GetAsync($"/api/v1/{path}/do/list?{query}")).RequireOk().Data!.AsArray();

    private async Task<string> PublishAsync()
    {
        var script = $"many_{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        return script;
    }

    public sealed class OnSqlite(SqliteSilo silo) : ManyChangeTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : ManyChangeTests(silo);
}

/// <summary>A node that dies while it changes many records.</summary>
public sealed class ManyChangeCrashTests
{
    private static readonly int Count = TestSize.IsFull ? 1000 : 300;

    [Fact]
    public async Task What_a_killed_node_had_begun_is_carried_on_to_its_end()
    {
        using var directory = new TestDirectory();
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            await silo.Api.PublishAsync("many_crash__a", "@DFF.API('F')\ndef f(x):\n    return x\n");
            var data = Enumerable.Range(0, Count).Select(number => new { id = $"crash-{number}", funcId = "many_crash__a.f", funcCallKwargsJSON = new { x = number } }).ToArray();
            var adding = silo.Api.PostAsync("/api/v1/sync-apis/do/add-many", new { data });
            var isNamed = false;
            await Eventually.TrueAsync(
                async () =>
                {
                    var list = (await silo.Api.GetAsync("/api/v1/sync-apis/do/list?pageSize=1")).RequireOk();
                    isNamed |= list.Headers.Contains("X-Dff-Jobs-In-Progress");
                    return (int)list.Json["pageInfo"]!["totalCount"]! > 5;
                },
                "some have been added");
            await silo.KillAsync();
            (await FluentActions.Awaiting(() => adding).Should().ThrowAsync<HttpRequestException>("it was killed before the end")).Which.Should().NotBeNull();
            isNamed.Should().BeTrue("the list says what is under way");
        }

        await using var restarted = await SiloProcess.StartAsync(directory.Path);
        await Eventually.TrueAsync(async () => !(await restarted.Api.GetAsync("/api/v1/sync-apis/do/list?pageSize=1")).RequireOk().Headers.Contains("X-Dff-Jobs-In-Progress"), "the job has ended");
        // The row of the one whose state was just written when the node died follows by itself.
        await Eventually.TrueAsync(
            async () => (int)(await restarted.Api.GetAsync("/api/v1/sync-apis/do/list?pageSize=1")).RequireOk().Json["pageInfo"]!["totalCount"]! == Count, "all are in the list");
        (await restarted.Api.GetAsync($"/api/v1/sync/crash-{Count - 1}")).Text.Should().Be($"{Count - 1}");
    }
}
