using System.Text.Json.Nodes;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>One record of each kind, made through the API, so that its rows are those that the program writes; <see cref="StoreFilling"/> makes many of them.</summary>
internal sealed record StoreSamples
{
    public const string ScriptSet = "sample";
    public const string Script = "sample__report";
    public const string Function = "sample__report.run";

    private const string Code =
        """
        @DFF.API("Report", category="report", tags=["report"])
        def run(x, y):
            '''Adds what it is given, and writes down what it did.'''
            print("the report of", x, y)
            if x < 0:
                raise ValueError("the report of a negative number")
            return {"x": x, "y": y, "sum": x + y}

        """;

    public const string AuthLink = "auln-sample";
    public const string ShownAuthLink = "auln-shown";
    public const string Batch = "bat-sample";
    public const string CrontabConfig = "cron-sample";
    public const string EnvVariable = "sample_variable";
    public const string SystemConfig = "sample_config";
    public const string Username = "sample";

    public required string User { get; init; }

    public required string Administrator { get; init; }

    public required string AccessKey { get; init; }

    public required string ApiAuth { get; init; }

    /// <summary>Finished tasks of a batch, of a crontab config and of a call.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    public static async Task<StoreSamples> MakeAsync(ApiClient api)
    {
        var code = Code + string.Concat(Enumerable.Repeat("# a line of code that stands for others\n", 45));
        await api.PublishAsync(Script, code);
        await api.AddLinkAsync(AuthLink, Function, new { x = "FROM_PARAMETER", y = "FROM_PARAMETER" });
        await PostAsync(api, "auth-links/do/add", new { id = ShownAuthLink, funcId = Function, funcCallKwargsJSON = new { x = "FROM_PARAMETER", y = 1 }, tagsJSON = new[] { "report" }, showInDoc = true, note = "A report" });
        await PostAsync(api, "batches/do/add", new { id = Batch, funcId = Function, funcCallKwargsJSON = new { x = "FROM_PARAMETER", y = 1 }, tagsJSON = new[] { "report" }, note = "A report" });
        await PostAsync(api, "crontab-configs/do/add", new { id = CrontabConfig, funcId = Function, funcCallKwargsJSON = new { x = 1, y = 2 }, crontab = "0 0 1 1 *", tagsJSON = new[] { "report" }, note = "A report" });
        await PostAsync(api, "env-variables/do/add", new { id = EnvVariable, title = "A report", description = "Of the benchmark", valueTEXT = "value" });
        await PostAsync(api, $"system-configs/{SystemConfig}/do/set", new { value = "value" });
        var apiAuth = await PostAsync(api, "api-auth/do/add", new { title = "A report", type = "fixedField", configJSON = new { fields = new[] { new { location = "header", name = "X-Report", value = "of the benchmark" } } } });
        var user = await PostAsync(api, "users/do/add", new { username = Username, password = SiloProcess.Password, name = "A report", email = "report@example.org", roles = (string[]?)null });
        var key = await PostAsync(api, "access-keys/do/add", new { title = "A report" });
        await PostAsync(api, "script-recover-points/do/add", new { note = "A report" });
        var (_, package) = await api.DownloadAsync("/api/v1/script-sets/do/export", new { scriptSetIds = new[] { ScriptSet }, password = (string?)null, note = "A report" });
        (await api.UploadAsync("/api/v1/script-sets/do/import", package)).RequireOk();
        var called = await api.CallAsync(Function, new { x = -1, y = 0 });
        if (called.IsOk) throw new InvalidOperationException("a function that should fail did not");
        return new StoreSamples
        {
            User = (string)user["id"]!,
            Administrator = await api.IdOfUserAsync(SiloProcess.Username),
            AccessKey = (string)key["id"]!,
            ApiAuth = (string)apiAuth["id"]!,
            Tasks =
            [
                await TaskAsync(api, $"/api/v1/bat/{Batch}", new { kwargs = new { x = 1 } }),
                await TaskAsync(api, $"/api/v1/cron/{CrontabConfig}", new { }),
                await TaskAsync(api, $"/api/v1/func/{Function}", new { kwargs = new { x = 1, y = 2 }, options = new { execMode = "async" } }),
            ],
        };
    }

    private static async Task<JsonNode> PostAsync(ApiClient api, string route, object data) => (await api.PostAsync($"/api/v1/{route}", new { data })).RequireOk().Data!;

    private static async Task<string> TaskAsync(ApiClient api, string route, object body)
    {
        var task = (string)(await api.PostAsync(route, body)).RequireOk().Data!["taskId"]!;
        (await api.GetAsync($"/api/v1/func-result?taskId={task}&wait=30")).RequireOk();
        return task;
    }
}
