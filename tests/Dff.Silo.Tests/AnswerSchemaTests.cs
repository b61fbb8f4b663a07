using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What the server answers is what its document says.</summary>
public abstract class AnswerSchemaTests(SiloUnderTest silo)
{
    private const string Code = "@DFF.API('F', tags=['a'])\ndef f(x=1):\n    print('called')\n    return x\n";

    private readonly ApiClient _api = silo.Api;

    [Theory]
    [InlineData("/api/v1/do/ping")]
    [InlineData("/api/v1/client-config/do/get")]
    [InlineData("/api/v1/image-info/do/get")]
    [InlineData("/api/v1/image-info")]
    [InlineData("/api/v1/worker-image-info/do/get")]
    [InlineData("/api/v1/system-info")]
    [InlineData("/api/v1/server-const/do/get")]
    [InlineData("/api/v1/func-system-config")]
    [InlineData("/api/v1/upgrade-info")]
    [InlineData("/api/v1/func-list")]
    [InlineData("/api/v1/func/overview")]
    [InlineData("/api/v1/func-tag-list")]
    [InlineData("/api/v1/func-api-list")]
    [InlineData("/api/v1/auth-link-func-list")]
    [InlineData("/api/v1/setup/do/status")]
    [InlineData("/api/v1/auth/profile/do/get")]
    [InlineData("/api/v1/auth/sessions/do/list")]
    public async Task A_route_without_parameters_answers_as_documented(string path) => await CheckAsync("get", path, await _api.GetAsync(path));

    [Fact]
    public async Task A_list_answers_in_pages_where_the_document_says_so_and_nowhere_else()
    {
        var document = (await _api.GetAsync("/openapi/v1.json")).RequireOk().Json;
        var lists = 0;
        foreach (var (route, methods) in document["paths"]!.AsObject())
        {
            if (methods!["get"] is not { } operation || route.Contains('{', StringComparison.Ordinal)) continue;
            var parameters = operation["parameters"]?.AsArray() ?? [];
            var envelope = operation["responses"]!["200"]!["content"]?["application/json"]?["schema"]?["properties"];
            if ((string?)envelope?["data"]?["type"] != "array" || parameters.Any(parameter => (bool?)parameter!["required"] == true)) continue;
            var isPaged = parameters.Any(parameter => (string)parameter!["name"]! == "pageSize");

            var answer = (await _api.GetAsync(route)).RequireOk();

            (answer.Json["pageInfo"] is not null, envelope["pageInfo"] is not null).Should().Be((isPaged, isPaged), route);
            lists++;
        }

        lists.Should().BeGreaterThan(40);
    }

    [Fact]
    public async Task Signing_in_and_out_answers_as_documented()
    {
        using var other = new ApiClient(_api.Http.BaseAddress!);
        var signedIn = await other.PostAsync("/api/v1/auth/do/sign-in", new { signIn = new { username = SiloProcess.Username, password = SiloProcess.Password } });
        await CheckAsync("post", "/api/v1/auth/do/sign-in", signedIn);
        other.Token = (string)signedIn.Data!["xAuthToken"]!;

        await CheckAsync("post", "/api/v1/auth/profile/do/modify", await other.PostAsync("/api/v1/auth/profile/do/modify", new { data = new { name = "Administrator" } }));
        await CheckAsync("get", "/api/v1/auth/do/sign-out", await other.GetAsync("/api/v1/auth/do/sign-out"));
    }

    [Fact]
    public async Task Script_sets_scripts_and_functions_answer_as_documented()
    {
        await CheckPostAsync("/api/v1/script-sets/do/add", new { data = new { id = "schemas", title = "Schemas" } });
        await CheckPostAsync("/api/v1/script-sets/{id}/do/modify", new { data = new { isLocked = true } }, "schemas");
        await CheckListAsync("/api/v1/script-sets/do/list", "schemas");
        await CheckPostAsync("/api/v1/scripts/do/add", new { data = new { id = "schemas__a", codeDraft = Code } });
        await CheckGetAsync("/api/v1/scripts/{id}/do/get", "schemas__a");
        await CheckPostAsync("/api/v1/scripts/{id}/do/modify", new { data = new { title = "A" } }, "schemas__a");
        await CheckPostAsync("/api/v1/scripts/{id}/do/publish", new { }, "schemas__a");
        await CheckGetAsync("/api/v1/scripts/{id}/do/get", "schemas__a");
        await CheckListAsync("/api/v1/scripts/do/list", "schemas__a");
        await CheckListAsync("/api/v1/scripts/do/list", "schemas__a", "&_withCode=true");
        await CheckListAsync("/api/v1/funcs/do/list", "schemas__a.f");
        await CheckListAsync("/api/v1/funcs/do/list", "schemas__a.f", "&noPage=true");
        await CheckPostAsync("/api/v1/func/{funcId}", new { kwargs = new { x = 2 } }, "schemas__a.f");
        await CheckGetAsync("/api/v1/func/{funcId}", "schemas__a.f");
        await CheckPostAsync("/api/v1/func/{funcId}", new { kwargs = new { x = 2 }, options = new { execMode = "async", taskId = "schemas-task" } }, "schemas__a.f");
        await CheckAsync("get", "/api/v1/func-result", await _api.GetAsync("/api/v1/func-result?taskId=schemas-task&wait=60"));
        await CheckListAsync("/api/v1/task-records/do/list", "schemas-task");
        await CheckListAsync("/api/v1/task-records/func/do/list", "schemas-task");
        await CheckAsync("get", "/api/v1/task-records/func/do/get-count", await _api.GetAsync("/api/v1/task-records/func/do/get-count?groupField=funcId&groupIds=schemas__a.f"));
        await CheckPostAsync("/api/v1/func-draft/{funcId}", new { kwargs = new { x = 2 } }, "schemas__a.f");
        await CheckPostAsync("/api/v1/func-draft/{funcId}", new { }, "schemas__a");
        await CheckGetAsync("/api/v1/scripts/{id}/do/diff", "schemas__a");
        await CheckPostAsync("/api/v1/scripts/{id}/do/modify", new { data = new { codeDraft = Code + "y = 1\n" } }, "schemas__a");
        await CheckPostAsync("/api/v1/scripts/{id}/do/publish", new { }, "schemas__a");
        await CheckPostAsync("/api/v1/scripts/{id}/do/roll-back", new { data = new { scriptPublishVersion = 1 } }, "schemas__a");
        await CheckGetAsync("/api/v1/scripts/{id}/do/delete", "schemas__a");
        await CheckGetAsync("/api/v1/script-sets/{id}/do/delete", "schemas");
    }

    [Fact]
    public async Task Auth_links_answer_as_documented_with_and_without_their_function()
    {
        await _api.PublishAsync("schemas_link__a", Code);
        await CheckPostAsync("/api/v1/auth-links/do/add", new { data = new { id = "auln-schemas", funcId = "schemas_link__a.f", funcCallKwargsJSON = new { x = 1 } } });
        await CheckPostAsync("/api/v1/auth-links/{id}/do/modify", new { data = new { expireTime = "2099-01-31T12:00:00Z", tagsJSON = new[] { "a" }, throttlingJSON = new { bySecond = 9 } } }, "auln-schemas");
        await CheckListAsync("/api/v1/auth-links/do/list", "auln-schemas");
        (await _api.GetAsync("/api/v1/script-sets/schemas_link/do/delete")).RequireOk();
        await CheckListAsync("/api/v1/auth-links/do/list", "auln-schemas");
        await CheckGetAsync("/api/v1/auth-links/{id}/do/delete", "auln-schemas");
    }

    [Fact]
    public async Task Batches_and_their_tasks_answer_as_documented_with_and_without_their_function()
    {
        await _api.PublishAsync("schemas_batch__a", Code);
        await CheckPostAsync("/api/v1/batches/do/add", new { data = new { id = "bat-schemas", funcId = "schemas_batch__a.f", funcCallKwargsJSON = new { x = "FROM_PARAMETER" } } });
        await CheckPostAsync("/api/v1/batches/{id}/do/modify", new { data = new { tagsJSON = new[] { "a" }, taskRecordLimit = 9, note = "N" } }, "bat-schemas");
        await CheckListAsync("/api/v1/batches/do/list", "bat-schemas", "&_withTaskInfoCount=true");
        await CheckPostAsync("/api/v1/bat/{id}", new { kwargs = new { x = 2 }, options = new { taskId = "schemas-batch", saveResult = true } }, "bat-schemas");
        await CheckGetAsync("/api/v1/bat/{id}", "schemas");
        await CheckGetAsync("/api/v1/bat/{id}/simplified", "schemas");
        await CheckGetAsync("/api/v1/bat/{id}/flattened", "schemas");
        await CheckListAsync("/api/v1/batch-task-info/do/list", "schemas-batch");
        (await _api.GetAsync("/api/v1/func-result?taskId=schemas-batch&wait=60")).RequireOk();
        await CheckListAsync("/api/v1/batch-task-info/do/list", "schemas-batch", "&noPage=true");
        (await _api.GetAsync("/api/v1/script-sets/schemas_batch/do/delete")).RequireOk();
        await CheckListAsync("/api/v1/batches/do/list", "bat-schemas");
        await CheckListAsync("/api/v1/batch-task-info/do/list", "schemas-batch");
        await CheckGetAsync("/api/v1/batches/{id}/do/delete", "bat-schemas");
    }

    [Fact]
    public async Task Crontab_configs_answer_as_documented_with_and_without_their_function()
    {
        await _api.PublishAsync("schemas_cron__a", Code);
        await CheckPostAsync("/api/v1/crontab-configs/do/add", new { data = new { id = "cron-schemas", funcId = "schemas_cron__a.f", funcCallKwargsJSON = new { x = 1 }, crontab = "0 0 1 1 *", isDisabled = true } });
        await CheckPostAsync("/api/v1/crontab-configs/{id}/do/modify", new { data = new { expireTime = "2099-01-31T12:00:00Z", tagsJSON = new[] { "a" }, isDisabled = false } }, "cron-schemas");
        await CheckListAsync("/api/v1/crontab-configs/do/list", "cron-schemas", "&_withTaskInfoCount=true");
        await CheckGetAsync("/api/v1/crontab-configs/{id}/next-runs", "cron-schemas");
        await CheckGetAsync("/api/v1/crontab-configs/{id}/skips", "cron-schemas");
        await CheckPostAsync("/api/v1/cron/{id}", new { }, "cron-schemas");
        await CheckAsync("get", "/api/v1/crontab-task-info/do/list", await _api.GetAsync("/api/v1/crontab-task-info/do/list?crontabConfigId=cron-schemas"));
        await CheckGetAsync("/api/v1/crontab-configs/{id}/recent-triggered/do/list", "cron-schemas");
        (await _api.GetAsync("/api/v1/script-sets/schemas_cron/do/delete")).RequireOk();
        await CheckListAsync("/api/v1/crontab-configs/do/list", "cron-schemas");
        await CheckGetAsync("/api/v1/crontab-configs/{id}/do/delete", "cron-schemas");
    }

    [Fact]
    public async Task The_later_names_answer_as_documented()
    {
        await _api.PublishAsync("schemas_later__a", Code);
        foreach (var (path, later) in ((string, string)[])[("auth-links", "sync-apis"), ("batches", "async-apis"), ("crontab-configs", "cron-jobs")])
        {
            var kwargs = path == "crontab-configs" ? (object)new { x = 1 } : new { x = "INPUT_BY_CALLER" };
            var data = new JsonObject { ["id"] = $"schemas-{later}", ["funcId"] = "schemas_later__a.f", ["funcCallKwargsJSON"] = System.Text.Json.JsonSerializer.SerializeToNode(kwargs) };
            if (path == "crontab-configs") data["cronExpr"] = "0 0 1 1 *";
            await CheckPostAsync($"/api/v1/{later}/do/add", new { data });
            await CheckPostAsync($"/api/v1/{later}/{{id}}/do/modify", new { data = new { note = "n" } }, $"schemas-{later}");
            await CheckListAsync($"/api/v1/{later}/do/list", $"schemas-{later}");
            await CheckGetAsync($"/api/v1/{later}/{{id}}/do/delete", $"schemas-{later}");
            data["id"] = null;
            await CheckPostAsync($"/api/v1/{later}/do/add-many", new { data = new[] { data } });
            await CheckAsync("post", $"/api/v1/{path}/do/modify-many", await _api.PostAsync($"/api/v1/{path}/do/modify-many?funcId=schemas_later__a.f", new { data = new { note = "many" } }));
            await CheckAsync("get", $"/api/v1/{later}/do/delete-many", await _api.GetAsync($"/api/v1/{later}/do/delete-many?funcId=schemas_later__a.f"));
        }

        var auth = await _api.PostAsync("/api/v1/api-auth/do/add", new { data = new { type = "httpBasic", configJSON = new { users = new[] { new { username = "u", password = "p" } } } } });
        await CheckAsync("post", "/api/v1/api-auth/do/add", auth);
        await CheckPostAsync("/api/v1/api-auth/{id}/do/modify", new { data = new { title = "t" } }, (string)auth.Data!["id"]!);
        await CheckListAsync("/api/v1/api-auth/do/list", (string)auth.Data!["id"]!);
        await CheckGetAsync("/api/v1/api-auth/{id}/do/delete", (string)auth.Data!["id"]!);
        (await _api.PostAsync("/api/v1/async-apis/do/add", new { data = new { id = "bat-schemas-later", funcId = "schemas_later__a.f", funcCallKwargsJSON = new { x = "INPUT_BY_CALLER" } } })).RequireOk();
        await CheckPostAsync("/api/v1/async/{id}", new { kwargs = new { x = 1 } }, "schemas-later");
        await CheckGetAsync("/api/v1/async/{id}/simplified", "schemas-later");
        await CheckPostAsync("/api/v1/func-many", new { calls = new[] { new { funcId = "schemas_later__a.f" } } });
        await CheckListAsync("/api/v1/script-sets/do/list", "schemas_later", "&_withScripts=true&_withScriptCode=true");
    }

    [Fact]
    public async Task Env_variables_answer_as_documented()
    {
        await CheckPostAsync("/api/v1/env-variables/do/add", new { data = new { id = "schemas", valueTEXT = "1" } });
        await CheckPostAsync("/api/v1/env-variables/{id}/do/modify", new { data = new { title = "Schemas" } }, "schemas");
        await CheckListAsync("/api/v1/env-variables/do/list", "schemas");
        await CheckGetAsync("/api/v1/env-variables/{id}/do/delete", "schemas");
    }

    [Fact]
    public async Task Data_sources_and_connectors_answer_as_documented()
    {
        foreach (var path in (string[])["data-sources", "connectors"])
        {
            await CheckPostAsync($"/api/v1/{path}/do/add", new { skipTest = true, data = new { id = "schemas", type = "redis", title = "T", configJSON = new { host = "127.0.0.1", password = "p" } } });
            await CheckPostAsync($"/api/v1/{path}/{{id}}/do/modify", new { data = new { description = "D" } }, "schemas");
            await CheckListAsync($"/api/v1/{path}/do/list", "schemas");
            await CheckGetAsync($"/api/v1/{path}/{{id}}/do/delete", "schemas");
        }

        await CheckPostAsync("/api/v1/connectors/do/add", new { skipTest = true, data = new { id = "schemas", type = "mqtt", configJSON = new { host = "h" } } });
        await CheckGetAsync("/api/v1/connectors/{id}/sub-info/do/list", "schemas");
        await CheckGetAsync("/api/v1/connectors/{id}/do/delete", "schemas");
    }

    [Fact]
    public async Task Users_keys_and_operation_records_answer_as_documented()
    {
        using var user = await _api.AddUserAsync("schemas", "schemas-password-1", ["user"]);
        var id = await _api.IdOfUserAsync("schemas");
        await CheckPostAsync("/api/v1/users/{id}/do/modify", new { data = new { roles = new[] { "customUser" }, customPrivileges = "general_r" } }, id);
        await CheckGetAsync("/api/v1/users/{id}/do/get", id);
        await CheckListAsync("/api/v1/users/do/list", id);
        await CheckAsync("post", "/api/v1/auth/do/change-password", await user.PostAsync("/api/v1/auth/do/change-password", new { changePassword = new { oldPassword = "schemas-password-1", newPassword = "schemas-password-2" } }));
        var sessions = await _api.GetAsync($"/api/v1/users/{id}/sessions/do/list");
        await CheckAsync("get", "/api/v1/users/{id}/sessions/do/list", sessions);
        await CheckAsync("get", "/api/v1/users/{id}/sessions/{sessionId}/do/delete", await _api.GetAsync($"/api/v1/users/{id}/sessions/{sessions.Data![0]!["id"]}/do/delete"));
        await CheckGetAsync("/api/v1/users/{id}/do/delete", id);
        using var receiver = new HookReceiver();
        var added = await _api.PostAsync("/api/v1/access-keys/do/add", new { data = new { name = "schemas", webhookURL = receiver.Url } });
        await CheckAsync("post", "/api/v1/access-keys/do/add", added);
        var key = (string)added.Data!["id"]!;
        await CheckGetAsync("/api/v1/access-keys/{id}/do/get", key);
        await CheckListAsync("/api/v1/access-keys/do/list", key);
        await CheckGetAsync("/api/v1/access-keys/{id}/do/test-webhook", key);
        await CheckPostAsync("/api/v1/access-keys/{id}/do/modify", new { data = new { title = "Schemas" } }, key);
        await CheckGetAsync("/api/v1/access-keys/{id}/do/delete", key);
        await CheckPostAsync("/api/v1/do/echo?integer=1&boolean=true", new { echo = new[] { 1 } });
        await Eventually.TrueAsync(async () => (await _api.GetAsync($"/api/v1/operation-records/do/list?reqParamsJSON={key}")).RequireOk().Data!.AsArray().Count > 1, "records are written");
        await CheckAsync("get", "/api/v1/operation-records/do/list", await _api.GetAsync("/api/v1/operation-records/do/list?pageSize=100"));
    }

    [Fact]
    public async Task Packages_and_recover_points_answer_as_documented()
    {
        await _api.PublishAsync("schemas_pkg__a", Code);
        var (_, file) = await _api.DownloadAsync("/api/v1/script-sets/do/export", new { scriptSetIds = new[] { "schemas_pkg" }, password = "p", note = "N" });
        var fields = new Dictionary<string, string> { ["password"] = "p", ["checkOnly"] = "true" };
        var check = await _api.UploadAsync("/api/v1/script-sets/do/import", file, fields);
        await CheckAsync("post", "/api/v1/script-sets/do/import", check);
        var imported = await _api.PostAsync("/api/v1/script-sets/do/confirm-import", new { confirmId = (string?)check.Data!["confirmId"] });
        await CheckAsync("post", "/api/v1/script-sets/do/confirm-import", imported);
        await CheckListAsync("/api/v1/script-set-import-history/do/list", (string)imported.Data!["id"]!);
        await CheckAsync("get", "/api/v1/script-set-export-history/do/list", await _api.GetAsync("/api/v1/script-set-export-history/do/list"));
        await CheckListAsync("/api/v1/script-recover-points/do/list", (string)imported.Data["recoverPointId"]!);
        await CheckPostAsync("/api/v1/script-recover-points/do/add", new { data = new { note = "N" } });
    }

    [Fact]
    public async Task Queues_and_cancelled_tasks_answer_as_documented()
    {
        await CheckAsync("get", "/api/v1/worker-queues/do/list", await _api.GetAsync("/api/v1/worker-queues/do/list"));
        await CheckAsync("post", "/api/v1/worker-queues/{queue}/do/pause", await _api.PostAsync("/api/v1/worker-queues/5/do/pause", new { }));
        await _api.PublishAsync("schemas_queue__a", Code.Replace("tags=['a']", "queue=5", StringComparison.Ordinal));
        await CheckPostAsync("/api/v1/func/{funcId}", new { options = new { execMode = "async", taskId = "schemas-cancelled" } }, "schemas_queue__a.f");
        await CheckPostAsync("/api/v1/tasks/{id}/do/cancel", new { }, "schemas-cancelled");
        await CheckAsync("get", "/api/v1/func-result", await _api.GetAsync("/api/v1/func-result?taskId=schemas-cancelled"));
        await CheckPostAsync("/api/v1/monitor/worker-queues/do/clear", new { workerQueues = new[] { "5" } });
        await CheckAsync("post", "/api/v1/worker-queues/{queue}/do/resume", await _api.PostAsync("/api/v1/worker-queues/5/do/resume", new { }));
    }

    [Fact]
    public async Task Monitors_and_records_of_functions_answer_as_documented()
    {
        const string noisy = "@DFF.API('F')\ndef f(fails=False):\n    print('printed')\n    if fails:\n        raise ValueError('no')\n    return {'x': 1}\n";
        await _api.PublishAsync("schemas_monitor__a", noisy);
        (await _api.CallAsync("schemas_monitor__a.f", new { fails = true })).IsOk.Should().BeFalse();
        await CheckPostAsync("/api/v1/debug/tasks/do/put", new { waitResult = true, times = 2, task = new { name = "schemas_monitor__a.f", kwargs = new { } } });
        var put = await _api.PostAsync("/api/v1/debug/tasks/do/put", new { task = new { name = "schemas_monitor__a.f", options = new { eta = DateTimeOffset.UtcNow.AddDays(1) } } });
        await CheckAsync("post", "/api/v1/debug/tasks/do/put", put);
        foreach (var path in (string[])["sys-stats/do/get", "system-metrics/do/get", "server-environment/do/get", "nodes/do/ping", "nodes/do/get-stats", "nodes/do/get-active-queues", "nodes/do/get-report"])
            await CheckGetAsync($"/api/v1/monitor/{path}", "");
        foreach (var path in (string[])["list-queued", "list-scheduled", "list-recent"])
            await CheckAsync("get", $"/api/v1/monitor/tasks/do/{path}", await _api.GetAsync($"/api/v1/monitor/tasks/do/{path}?task=schemas_monitor__a.f"));
        foreach (var path in (string[])["script-logs", "script-failures"])
        {
            ApiAnswer rows = null!;
            await Eventually.TrueAsync(async () => (rows = await _api.GetAsync($"/api/v1/{path}/do/list?funcId=schemas_monitor__a.f")).RequireOk().Data!.AsArray().Count > 0, $"{path} are written");
            await CheckAsync("get", $"/api/v1/{path}/do/list", rows);
        }

        var results = await _api.GetAsync("/api/v1/data-processor-task-results/do/list?funcId=schemas_monitor__a.f");
        await CheckAsync("get", "/api/v1/data-processor-task-results/do/list", results);
        await CheckGetAsync("/api/v1/data-processor-task-results/{id}/do/get", (string)results.Data![0]!["id"]!);
        await CheckGetAsync("/api/v1/slow-api-count/do/list", "");
        await CheckPostAsync("/api/v1/tasks/{id}/do/cancel", new { }, (string)put.Data![0]!["taskId"]!);
        foreach (var path in (string[])["/api", "/api/v1/do/test-slow-api"]) await CheckGetAsync(path, "");
    }

    [Fact]
    public async Task Errors_are_as_documented()
    {
        var check = await DocumentAsync();
        var schema = check.Document["components"]!["schemas"]!["ErrorEnvelope"]!;

        var missing = await _api.GetAsync("/api/v1/scripts/schemas__none/do/get");
        var bad = await _api.PostAsync("/api/v1/script-sets/do/add", new { data = new { } });
        await _api.PublishAsync("schemas_error__a", Code);
        var draft = await _api.PostAsync("/api/v1/func-draft/schemas_error__a.f", new { kwargs = new { nope = 1 } });

        foreach (var answer in (ApiAnswer[])[missing, bad, draft])
        {
            answer.IsOk.Should().BeFalse();
            check.Faults(answer.Json, schema).Should().BeEmpty(answer.Text);
        }

        var data = check.Document["components"]!["schemas"]!["DraftAnswer"]!;
        check.Faults(draft.Data, data).Should().BeEmpty("a failed draft answers its data too");
    }

    private async Task CheckPostAsync(string pattern, object body, string id = "") => await CheckAsync("post", pattern, await _api.PostAsync(Path(pattern, id), body));

    private async Task CheckGetAsync(string pattern, string id) => await CheckAsync("get", pattern, await _api.GetAsync(Path(pattern, id)));

    private async Task CheckListAsync(string path, string id, string more = "")
    {
        var answer = await _api.GetAsync($"{path}?id={id}{more}");
        await CheckAsync("get", path, answer);
        answer.Data!.AsArray().Should().ContainSingle("an empty list would show nothing");
    }

    private async Task CheckAsync(string method, string pattern, ApiAnswer answer)
    {
        var check = await DocumentAsync();
        var schema = check.Document["paths"]![pattern.Split('?')[0]]![method]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;

        check.Faults(answer.RequireOk().Json, schema).Should().BeEmpty($"{method} {pattern} answered {answer.Text}");
    }

    private async Task<SchemaCheck> DocumentAsync() => new((await _api.GetAsync("/openapi/v1.json")).RequireOk().Json);

    private static string Path(string pattern, string id) =>
        pattern.Replace("{id}", id, StringComparison.Ordinal).Replace("{funcId}", id, StringComparison.Ordinal);

    public sealed class OnSqlite(SqliteSilo silo) : AnswerSchemaTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : AnswerSchemaTests(silo);
}
