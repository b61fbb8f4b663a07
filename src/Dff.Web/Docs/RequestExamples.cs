using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dff.Web.Contracts;

namespace Dff.Web.Docs;

/// <summary>What requests look like: a body of every route that takes one, and the IDs that stand in addresses. All tell one story, that of the sample of the README.</summary>
internal static partial class RequestExamples
{
    public const string Function = "demo__hello.hello";
    public const string Task = "task-5HkV3wQZ2mRt8LxPcN7aBdE";

    /// <summary>The later names of kinds of records, and the names under which their examples stand here.</summary>
    private static readonly Dictionary<string, string> Canonical = new()
    {
        ["sync-apis"] = "auth-links",
        ["async-apis"] = "batches",
        ["cron-jobs"] = "crontab-configs",
        ["connectors"] = "data-sources",
        ["sync"] = "al",
        ["async"] = "bat",
    };

    /// <summary>By the first part of the address.</summary>
    private static readonly Dictionary<string, string> Ids = new()
    {
        ["script-sets"] = "demo",
        ["scripts"] = "demo__hello",
        ["funcs"] = Function,
        ["func"] = Function,
        ["func-list"] = Function,
        ["func-tag-list"] = "greeting",
        ["func-draft"] = Function,
        ["script-publish-history"] = "scph-J6kWq9TzR4mXbV2n",
        ["env-variables"] = "demo_greeting",
        ["data-sources"] = "demo_mysql",
        ["auth-links"] = "auln-Vn3xKq7RtW5mZb2P",
        ["al"] = "auln-Vn3xKq7RtW5mZb2P",
        ["auth-link-func-list"] = "auln-Vn3xKq7RtW5mZb2P",
        ["func-api-list"] = "auln-Vn3xKq7RtW5mZb2P",
        ["api-auth"] = "aath-C8dYp4GhT6jUe3Ks",
        ["batches"] = "bat-M5nRz8XvL2qWc7Fd",
        ["bat"] = "bat-M5nRz8XvL2qWc7Fd",
        ["batch-task-info"] = Task,
        ["crontab-configs"] = "cron-T9bHs6JkQ3wEy4Va",
        ["cron"] = "cron-T9bHs6JkQ3wEy4Va",
        ["crontab-task-info"] = Task,
        ["tasks"] = Task,
        ["monitor"] = Task,
        ["data-processor-task-results"] = Task,
        ["task-records"] = Task,
        ["func-stores"] = "fnst-1",
        ["script-recover-points"] = "srpt-D4fGh7JkL2zXcV9b",
        ["script-set-export-history"] = "sseh-Q2wEr5TyU8iPa3Sd",
        ["script-set-import-history"] = "import-Z6xCv9BnM3qWe7Rt",
        ["system-configs"] = "SITE_TITLE",
        ["auth"] = "sess-Y7uJm4KiL9pHn2Bg",
        ["users"] = "u-F3dSa6GhJ9kQw2Ze",
        ["access-keys"] = "ak-W8rTy5UiP2aSd6Fg",
        ["operation-records"] = "oprd-5HkV3wQX9cVb4NmK7jHgFdS",
        ["script-logs"] = "slog-5HkV3wQN2bVc6XzL8kJhGfD",
        ["script-failures"] = "sfail-5HkV3wQP7oYu3TrE9wQaSdF",
        ["slow-api-count"] = "slow-H2gFd5SaP8oYu3Tr",
    };

    private const string Link =
        """{"funcId": "demo__hello.hello", "funcCallKwargsJSON": {"name": "FROM_PARAMETER"}, "throttlingJSON": {"byMinute": 60}, "tagsJSON": ["greeting"], "note": "For the website"}""";

    private const string Batch = """{"funcId": "demo__hello.hello", "funcCallKwargsJSON": {"name": "FROM_PARAMETER"}, "tagsJSON": ["greeting"], "note": "For the nightly letters"}""";
    private const string Call = """{"kwargs": {"name": "world"}, "options": {"timeout": 10}}""";
    private const string Simplified = """{"name": "world"}""";
    private const string Flattened = """{"kwargs_name": "world", "options_timeout": "10"}""";
    private const string QueuedCall = """{"kwargs": {"name": "world"}, "options": {"retries": 2, "saveResult": true}}""";
    private const string NoBody = "{}";

    /// <summary>By method and address below /api/v1, without names of parameters.</summary>
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["do/echo"] = """{"echo": {"x": 1}}""",
        ["setup/do/run"] = """{"username": "admin", "password": "choose-a-good-one"}""",
        ["auth/do/sign-in"] = """{"signIn": {"username": "admin", "password": "choose-a-good-one"}}""",
        ["func/integration/sign-in"] = """{"signIn": {"funcId": "demo__hello.sign_in", "username": "ada", "password": "choose-a-good-one"}}""",
        ["auth/do/change-password"] = """{"changePassword": {"oldPassword": "choose-a-good-one", "newPassword": "choose-a-better-one"}}""",
        ["auth/profile/do/modify"] = """{"data": {"name": "Ada Lovelace", "email": "ada@example.org"}}""",
        ["script-sets/do/add"] = """{"data": {"id": "demo", "title": "Demo", "description": "Functions to try out"}}""",
        ["script-sets/{}/do/modify"] = """{"data": {"title": "Demo", "isLocked": true}}""",
        ["script-sets/{}/do/clone"] = """{"newId": "demo_copy"}""",
        ["scripts/do/add"] = """{"data": {"id": "demo__hello", "title": "Hello", "codeDraft": "@DFF.API(\"Hello\")\ndef hello(name):\n    return f\"Hello, {name}!\"\n"}}""",
        ["scripts/{}/do/modify"] = """{"data": {"codeDraft": "@DFF.API(\"Hello\")\ndef hello(name):\n    return f\"Hello, {name}!\"\n"}, "prevCodeDraftMD5": "d41d8cd98f00b204e9800998ecf8427e"}""",
        ["scripts/{}/do/publish"] = """{"data": {"note": "First version"}}""",
        ["scripts/{}/do/roll-back"] = """{"data": {"scriptPublishVersion": 1, "note": "Version 2 greeted nobody"}}""",
        ["scripts/do/parse"] = """{"code": "def hello(name):\n    return name\n", "withFunctions": true}""",
        ["env-variables/do/add"] = """{"data": {"id": "demo_greeting", "title": "How to greet", "valueTEXT": "Hello", "autoTypeCasting": "string"}}""",
        ["env-variables/{}/do/modify"] = """{"data": {"valueTEXT": "Good morning"}}""",
        ["data-sources/do/add"] = """{"data": {"id": "demo_mysql", "title": "Orders", "type": "mysql", "configJSON": {"host": "mysql.example.org", "port": 3306, "database": "orders", "user": "reader", "password": "choose-a-good-one"}}}""",
        ["data-sources/{}/do/modify"] = """{"data": {"configJSON": {"host": "mysql.example.org", "port": 3307, "database": "orders", "user": "reader"}}}""",
        ["data-sources/{}/do/query"] = """{"queryStatement": "SELECT id, total FROM orders LIMIT 10", "returnType": "json"}""",
        ["auth-links/do/add"] = $$"""{"data": {{Link}}}""",
        ["auth-links/{}/do/modify"] = """{"data": {"throttlingJSON": {"byMinute": 600}, "expireTime": "2030-01-31T12:00:00Z"}}""",
        ["auth-links/do/add-many"] = $$"""{"data": [{{Link}}]}""",
        ["auth-links/do/modify-many"] = """{"data": {"isDisabled": true}}""",
        ["batches/do/add"] = $$"""{"data": {{Batch}}}""",
        ["batches/{}/do/modify"] = """{"data": {"taskRecordLimit": 1000}}""",
        ["batches/do/add-many"] = $$"""{"data": [{{Batch}}]}""",
        ["batches/do/modify-many"] = """{"data": {"isDisabled": true}}""",
        ["crontab-configs/do/add"] = $$"""{"data": {{Crontab("crontab")}}}""",
        ["crontab-configs/{}/do/modify"] = """{"data": {"crontab": "30 8 * * mon-fri"}}""",
        ["crontab-configs/do/add-many"] = $$"""{"data": [{{Crontab("crontab")}}]}""",
        ["crontab-configs/do/modify-many"] = """{"data": {"isDisabled": true}}""",
        ["cron-jobs/do/add"] = $$"""{"data": {{Crontab("cronExpr")}}}""",
        ["cron-jobs/{}/do/modify"] = """{"data": {"cronExpr": "30 8 * * mon-fri"}}""",
        ["cron-jobs/do/add-many"] = $$"""{"data": [{{Crontab("cronExpr")}}]}""",
        ["api-auth/do/add"] = """{"data": {"title": "Partners", "type": "httpBasic", "configJSON": {"users": [{"username": "partner", "password": "choose-a-good-one"}]}}}""",
        ["api-auth/{}/do/modify"] = """{"data": {"configJSON": {"users": [{"username": "partner"}, {"username": "another", "password": "choose-a-good-one"}]}}}""",
        ["al/{}"] = Call,
        ["al/{}/simplified"] = Simplified,
        ["al/{}/flattened"] = Flattened,
        ["bat/{}"] = QueuedCall,
        ["bat/{}/simplified"] = Simplified,
        ["bat/{}/flattened"] = Flattened,
        ["func/{}"] = Call,
        ["func-many"] = """{"calls": [{"funcId": "demo__hello.hello", "kwargs": {"name": "Ada"}}, {"funcId": "demo__hello.hello", "kwargs": {"name": "Grace"}, "options": {"delay": 60}}]}""",
        ["func-draft/{}"] = """{"kwargs": {"name": "world"}}""",
        ["tasks/{}/do/cancel"] = NoBody,
        ["worker-queues/{}/do/pause"] = NoBody,
        ["worker-queues/{}/do/resume"] = NoBody,
        ["monitor/worker-queues/do/clear"] = """{"workerQueues": ["9"]}""",
        ["debug/tasks/do/put"] = """{"task": {"name": "demo__hello.hello", "kwargs": {"name": "world"}}, "times": 1, "waitResult": true}""",
        ["cron/{}"] = NoBody,
        ["script-sets/do/export"] = """{"scriptSetIds": ["demo"], "password": null, "note": "For the test system", "includeAuthLinks": true}""",
        ["script-sets/do/import"] = """{"checkOnly": "true", "files": "(the package)"}""",
        ["script-sets/do/confirm-import"] = """{"confirmId": "import-Z6xCv9BnM3qWe7Rt"}""",
        ["script-recover-points/do/add"] = """{"data": {"note": "Before the release"}}""",
        ["script-recover-points/{}/do/recover"] = """{"data": {}}""",
        ["system-configs/{}/do/set"] = """{"data": {"value": "Functions of Example Ltd"}}""",
        ["users/do/add"] = """{"data": {"username": "ada", "password": "choose-a-good-one", "name": "Ada Lovelace", "roles": ["user"], "email": "ada@example.org"}}""",
        ["users/{}/do/modify"] = """{"data": {"name": "Ada King", "isDisabled": false}}""",
        ["access-keys/do/add"] = """{"data": {"title": "Deployment"}}""",
        ["access-keys/{}/do/modify"] = """{"data": {"title": "Deployment", "webhookURL": "https://hooks.example.org/dff", "webhookEvents": "scripts.publish"}}""",
    };

    /// <summary>The first part of the address, by the name under which its examples stand.</summary>
    public static string KindOf(ApiRoute route)
    {
        var parts = route.Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var kind = parts.Length > 2 ? parts[2] : parts[^1];
        return Canonical.GetValueOrDefault(kind, kind);
    }

    /// <returns>An ID of the records that the route is about; null: it is about none.</returns>
    public static string? IdOf(ApiRoute route) => Ids.GetValueOrDefault(KindOf(route));

    /// <returns>Null: the route takes no body.</returns>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public static JsonNode? BodyOf(ApiRoute route)
    {
        if (route.Body is null && !route.TakesAnyFields) return null;
        var below = Parameter().Replace(route.Pattern["/api/v1/".Length..], "{}");
        var kind = below.Split('/')[0];
        var text = Bodies.GetValueOrDefault(below) ?? Bodies.GetValueOrDefault(KindOf(route) + below[kind.Length..]) ?? throw new InvalidOperationException($"{route.Method} {route.Pattern} takes a body and has no example of it");
        return JsonNode.Parse(text);
    }

    /// <summary>Of a parameter in the address.</summary>
    public static string ParameterOf(ApiRoute route, string name) => name switch
    {
        "sessionId" => Ids["auth"],
        "queue" => "1",
        _ => IdOf(route) ?? throw new InvalidOperationException($"{route.Pattern} has no example of {name}"),
    };

    private static string Crontab(string field) =>
        $$"""{"funcId": "demo__hello.hello", "funcCallKwargsJSON": {"name": "morning"}, "{{field}}": "0 9 * * mon-fri", "timezone": "Europe/Berlin", "overlapPolicy": "skip"}""";

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
