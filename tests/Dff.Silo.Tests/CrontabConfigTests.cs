using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Crontab configs: what is accepted, when they run, and what is recorded of what does not.</summary>
public abstract class CrontabConfigTests(SiloUnderTest silo)
{
    private const string Code =
        """
        @DFF.API('F')
        def f(x=1):
            return {'x': x}
        @DFF.API('Seen')
        def seen(x):
            print('seen', x)
            return [_DFF_ORIGIN, _DFF_ORIGIN_ID, _DFF_EXEC_MODE, _DFF_CRONTAB, _DFF_CRONTAB_CONFIG_ID, _DFF_TRIGGER_TIME, _DFF_QUEUE]
        @DFF.API('Any')
        def any(**kwargs):
            return kwargs
        @DFF.API('Fixed', fixed_crontab='5 4 * * *')
        def fixed():
            return _DFF_CRONTAB
        """;

    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task A_config_is_added_listed_changed_and_deleted()
    {
        var script = await PublishAsync();

        var id = await AddAsync(new { funcId = $"{script}.f", funcCallKwargsJSON = new { x = 2 }, crontab = " 0  0 * * MON ", note = "n", tagsJSON = new[] { "a" }, scope = script, origin = "UI" });

        id.Should().StartWith("cron-");
        var row = await RowAsync(id);
        ((string?)row["crontab"], (string?)row["timezone"], (string?)row["misfirePolicy"], (int)row["misfireGraceSeconds"]!, (string?)row["overlapPolicy"], (string?)row["scope"], (string?)row["origin"])
            .Should().Be(("0 0 * * MON", TimeZoneInfo.Local.Id, "once", 3600, "skip", script, "UI"));
        ((string?)row["func_title"], (bool)row["isDisabled"]!, row["taskInfoCount"]).Should().Be(("F", false, null));
        (await ModifyAsync(id, new { crontab = "@hourly", timezone = "Asia/Shanghai", misfirePolicy = "all", misfireGraceSeconds = 60, overlapPolicy = "queue", expireTime = "2099-01-01T00:00:00Z", note = (string?)null })).RequireOk();
        row = await RowAsync(id);
        ((string?)row["crontab"], (string?)row["timezone"], (string?)row["misfirePolicy"], (int)row["misfireGraceSeconds"]!, (string?)row["overlapPolicy"], (string?)row["note"])
            .Should().Be(("@hourly", "Asia/Shanghai", "all", 60, "queue", null));
        row = (await _api.GetAsync($"/api/v1/crontab-configs/do/list?id={id}&_withTaskInfoCount=true")).RequireOk().Data![0]!;
        ((int)row["taskInfoCount"]!, (int)row["skipCount"]!).Should().Be((0, 0));
        (await _api.GetAsync($"/api/v1/crontab-configs/do/list?scope={script}&tags=a")).RequireOk().Data!.AsArray().Should().ContainSingle();

        (await _api.GetAsync($"/api/v1/crontab-configs/{id}/do/delete")).RequireOk();

        (await _api.GetAsync($"/api/v1/crontab-configs/do/list?id={id}")).RequireOk().Data!.AsArray().Should().BeEmpty();
        foreach (var path in (string[])["next-runs", "skips", "do/delete"]) (await _api.GetAsync($"/api/v1/crontab-configs/{id}/{path}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.PostAsync($"/api/v1/cron/{id}", new { })).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"crontab":"61 * * * *"}""", "EClientBadRequest.InvalidCronTabExpression", "data.crontab")]
    [InlineData("""{"crontab":"* * * *"}""", "EClientBadRequest.InvalidCronTabExpression", "data.crontab")]
    [InlineData("""{"crontab":"0 0 30 2 *"}""", "EClientBadRequest.InvalidCronTabExpression", "data.crontab")]
    [InlineData("""{"crontab":null}""", "EClientBadRequest", "data.crontab")]
    [InlineData("""{"timezone":"Mars/Base"}""", "EClientBadRequest", "data.timezone")]
    [InlineData("""{"funcCallKwargsJSON":{"y":1}}""", "EClientBadRequest", "data.funcCallKwargsJSON.y")]
    [InlineData("""{"funcCallKwargsJSON":{}}""", "EClientBadRequest", "data.funcCallKwargsJSON.x")]
    [InlineData("""{"funcCallKwargsJSON":{"x":"FROM_PARAMETER"}}""", "EClientBadRequest", "data.funcCallKwargsJSON.x")]
    [InlineData("""{"funcCallKwargsJSON":[]}""", "EClientBadRequest", "data.funcCallKwargsJSON")]
    [InlineData("""{"funcId":"none__none.f"}""", "EClientNotFound", "data.funcId")]
    [InlineData("""{"misfirePolicy":"never"}""", "EClientBadRequest", "data.misfirePolicy")]
    [InlineData("""{"misfireGraceSeconds":-1}""", "EClientBadRequest", "data.misfireGraceSeconds")]
    [InlineData("""{"overlapPolicy":1}""", "EClientBadRequest", "data.overlapPolicy")]
    [InlineData("""{"expireTime":"tomorrow"}""", "EClientBadRequest", "data.expireTime")]
    [InlineData("""{"scope":null}""", "EClientBadRequest", "data.scope")]
    [InlineData("""{"taskRecordLimit":10001}""", "EClientBadRequest", "data.taskRecordLimit")]
    [InlineData("""{"cron":"x"}""", "EClientBadRequest", "data.cron")]
    public async Task Bad_input_names_the_field_and_changes_nothing(string change, string reason, string field)
    {
        var script = await PublishAsync();
        var whole = JsonNode.Parse($$$"""{"funcId":"{{{script}}}.seen","funcCallKwargsJSON":{"x":1},"crontab":"0 0 1 1 *","scope":"{{{script}}}"}""")!.AsObject();
        var id = await AddAsync(whole);
        var before = (await RowAsync(id)).ToJsonString();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject()) whole[name] = value?.DeepClone();

        var added = await _api.PostAsync("/api/v1/crontab-configs/do/add", new { data = whole });
        var modified = await ModifyAsync(id, JsonNode.Parse(change)!);

        foreach (var answer in (ApiAnswer[])[added, modified]) (answer.Reason, (string?)answer.Json["detail"]!["field"]).Should().Be((reason, field), answer.Text);
        (await RowAsync(id)).ToJsonString().Should().Be(before);
        (await _api.GetAsync($"/api/v1/crontab-configs/do/list?func_scriptId={script}")).RequireOk().Data!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task A_bad_expression_says_where_it_is_wrong()
    {
        var script = await PublishAsync();

        var answer = await _api.PostAsync("/api/v1/crontab-configs/do/add", new { data = new { funcId = $"{script}.f", funcCallKwargsJSON = new { }, crontab = "0 25 * * *" } });

        var detail = answer.Json["detail"]!;
        ((int)detail["offset"]!, (int)detail["fieldNumber"]!, (string?)detail["text"]).Should().Be((2, 2, "25"), answer.Text);
        ((int)answer.Status, (double)answer.Json["error"]!).Should().Be((400, 400.43));
    }

    [Fact]
    public async Task The_same_content_is_refused_within_a_scope_and_accepted_in_another()
    {
        var script = await PublishAsync();
        object Config(string scope, int x) => new { funcId = $"{script}.f", funcCallKwargsJSON = new { x }, crontab = "0 0 1 1 *", scope };
        var first = await AddAsync(Config("a", 1));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _api.PostAsync("/api/v1/crontab-configs/do/add", new { data = Config("b", 1) })));

        answers.Count(answer => answer.IsOk).Should().Be(1);
        answers.Where(answer => !answer.IsOk).Should().OnlyContain(answer => answer.Reason == "EBizCondition.DuplicatedCrontabConfig");
        var other = await AddAsync(Config("a", 2));
        var collided = await ModifyAsync(other, new { funcCallKwargsJSON = new { x = 1 } });
        (collided.Reason, (string?)collided.Json["detail"]!["id"]).Should().Be(("EBizCondition.DuplicatedCrontabConfig", first));
        (await ModifyAsync(first, new { funcCallKwargsJSON = new { x = 3 } })).RequireOk();
        (await ModifyAsync(other, new { funcCallKwargsJSON = new { x = 1 } })).RequireOk();
        (await _api.GetAsync($"/api/v1/crontab-configs/{other}/do/delete")).RequireOk();
        await AddAsync(Config("a", 1));
        (await _api.PostAsync("/api/v1/crontab-configs/do/add", new { data = new { id = first, funcId = $"{script}.f", funcCallKwargsJSON = new { }, crontab = "1 * * * *" } })).Reason.Should().Be("EClientDuplicated");
    }

    [Fact]
    public async Task The_next_runs_are_those_of_the_zone_until_the_expiry_and_none_while_disabled()
    {
        var script = await PublishAsync();
        var id = await AddAsync(new { funcId = $"{script}.f", funcCallKwargsJSON = new { }, crontab = "30 8 1 1 *", timezone = "Asia/Shanghai", expireTime = "2030-06-01T00:00:00Z" });

        (await NextAsync(id, "?count=2")).Should().OnlyContain(time => time.EndsWith("-01-01T00:30:00.000Z", StringComparison.Ordinal)).And.HaveCount(2);
        (await NextAsync(id, "?count=100")).Should().OnlyContain(time => string.CompareOrdinal(time, "2030-06") < 0);
        (await _api.GetAsync($"/api/v1/crontab-configs/{id}/next-runs?count=0")).Json["detail"]!["field"]!.ToString().Should().Be("count");
        (await ModifyAsync(id, new { isDisabled = true })).RequireOk();
        (await NextAsync(id, "")).Should().BeEmpty();
    }

    [Fact]
    public async Task The_functions_fixed_crontab_overrides_and_follows_what_is_published()
    {
        var script = await PublishAsync();
        var id = await AddAsync(new { funcId = $"{script}.fixed", funcCallKwargsJSON = new { }, timezone = "UTC" });

        (await NextAsync(id, "?count=1"))[0].Should().EndWith("T04:05:00.000Z");

        await _api.PublishAsync(script, Code.Replace("'5 4 * * *'", "'6 4 * * *'", StringComparison.Ordinal));
        await Eventually.TrueAsync(async () => (string?)(await RowAsync(id))["fixedCrontab"] == "6 4 * * *", "the config has heard of it");
        (await NextAsync(id, "?count=1"))[0].Should().EndWith("T04:06:00.000Z");
    }

    [Fact]
    public async Task A_config_runs_now_whatever_its_schedule_says()
    {
        var script = await PublishAsync();
        var id = await AddAsync(new { funcId = $"{script}.seen", funcCallKwargsJSON = new { x = "空" }, crontab = "0 0 1 1 *", isDisabled = true, saveResult = true });

        var task = (string)(await _api.PostAsync($"/api/v1/cron/{id}", new { })).RequireOk().Data!["taskId"]!;

        var result = (await _api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk().Data!;
        ((string?)result["status"]).Should().Be("success", result.ToJsonString());
        result["result"]!.AsArray().Select(value => value!.ToString()).Where((_, index) => index != 5).Should().Equal("crontab", id, "crontab", "0 0 1 1 *", id, "8");
        var info = (await _api.GetAsync($"/api/v1/crontab-task-info/do/list?crontabConfigId={id}")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!;
        ((string?)info["id"], (string?)info["status"], (string?)info["funcId"], (int)info["scriptPublishVersion"]!).Should().Be((task, "success", $"{script}.seen", 1));
        ((string)info["logMessageTEXT"]!).Should().EndWith("seen 空");
        ((int)(await _api.GetAsync($"/api/v1/crontab-configs/do/list?id={id}&_withTaskInfoCount=true")).RequireOk().Data![0]!["taskInfoCount"]!).Should().Be(1);
        (await _api.PostAsync($"/api/v1/func/{script}.f", new { options = new { execMode = "async", taskId = "cron-mine" } })).Json["detail"]!["field"]!.ToString().Should().Be("options.taskId");
    }

    private async Task<string> PublishAsync()
    {
        var script = $"cron_{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        return script;
    }

    private async Task<string> AddAsync(object data) => (string)(await _api.PostAsync("/api/v1/crontab-configs/do/add", new { data })).RequireOk().Data!["id"]!;

    private Task<ApiAnswer> ModifyAsync(string id, object data) => _api.PostAsync($"/api/v1/crontab-configs/{id}/do/modify", new { data });

    private async Task<JsonNode> RowAsync(string id) => (await _api.GetAsync($"/api/v1/crontab-configs/do/list?id={id}")).RequireOk().Data![0]!;

    private async Task<JsonArray> TasksAsync(string id) => (await _api.GetAsync($"/api/v1/crontab-task-info/do/list?crontabConfigId={id}&noPage=true")).RequireOk().Data!.AsArray();

    private async Task<JsonArray> SkipsAsync(string id) => (await _api.GetAsync($"/api/v1/crontab-configs/{id}/skips?noPage=true")).RequireOk().Data!.AsArray();

    private async Task<IReadOnlyList<string>> NextAsync(string id, string query) =>
        [.. (await _api.GetAsync($"/api/v1/crontab-configs/{id}/next-runs{query}")).RequireOk().Data!["runs"]!.AsArray().Select(time => (string)time!)];

    public sealed class OnSqlite(SqliteSilo silo) : CrontabConfigTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : CrontabConfigTests(silo);
}
