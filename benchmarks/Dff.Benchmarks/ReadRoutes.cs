using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <param name="Route">As the document writes it.</param>
/// <param name="What">Which of its forms.</param>
/// <param name="Path">With query.</param>
/// <param name="IsRecord">One record, rather than a list.</param>
internal sealed record ReadRequest(string Route, string What, string Path, bool IsRecord);

/// <summary>Every route of the OpenAPI document that reads, with the queries it takes. A route, a filter or an ID that is not known here stops the benchmark, so none is forgotten.</summary>
internal sealed partial class ReadRoutes(ApiClient api, StoreSamples samples)
{
    private const string FewText = "4711";
    private const string ManyText = "report";
    private const string PageSize = "pageSize=20";

    /// <summary>What reads no store, changes something, runs functions, waits or fails because it is asked to, asks other servers, or answers all there is of something that grows.</summary>
    private static readonly string[] NotMeasured =
    [
        "^/health/", "/do/delete$", "/do/delete-many$", "/do/clear$", "/do/sign-out$", "/do/test$", "/do/test-webhook$", "/do/test-", "^/api/v1/(al|sync|bat|async)/", "^/api/v1/tasks/{id}/events$", "^/api/v1/captcha/",
    ];

    /// <summary>Without pages, so that their time is that of all they answer: measured with a filter, as pages use them.</summary>
    private static readonly Dictionary<string, string> NeedFilter = new()
    {
        ["/api/v1/func-list"] = "scriptSetId=set_7",
        ["/api/v1/func-tag-list"] = "scriptSetId=set_7",
        ["/api/v1/task-records/func/do/get-count"] = "groupField=originId&groupIds=bat-report-7,cron-report-7",
    };

    private static readonly string[] ListValues = ["pageNumber", "pageSize", "pageMarker", "noPage", "sort", "orderBy", "orderMethod", "fieldPicking", "fieldKicking", "_fuzzySearch", "_fulltextSearch", "export"];

    public async Task<IReadOnlyList<ReadRequest>> FindAsync()
    {
        var document = (await api.GetAsync("/openapi/v1.json")).Json;
        var requests = new List<ReadRequest>();
        var errors = new List<InvalidOperationException>();
        foreach (var (route, methods) in document["paths"]!.AsObject())
        {
            if (methods!["get"] is not { } operation || NotMeasured.Any(pattern => Regex.IsMatch(route, pattern))) continue;
            try
            {
                requests.AddRange(await FormsAsync(route, operation));
            }
            catch (InvalidOperationException error)
            {
                errors.Add(error);
            }
        }

        // All at once, because to fill the store takes long.
        return errors.Count == 0 ? requests : throw new AggregateException(errors);
    }

    private async Task<IReadOnlyList<ReadRequest>> FormsAsync(string route, JsonNode operation)
    {
        var path = RouteParameter().Replace(route, match => IdOf(route, match.Groups[1].Value));
        var query = (operation["parameters"]?.AsArray() ?? []).Where(parameter => (string)parameter!["in"]! == "query").ToDictionary(parameter => (string)parameter!["name"]!, parameter => parameter!["schema"]!);
        var isList = (string?)operation["responses"]!["200"]!["content"]?["application/json"]?["schema"]?["properties"]?["data"]?["type"] == "array";
        if (!isList) return [new ReadRequest(route, "", path + Required(route), IsRecord: true)];

        var basis = query.ContainsKey("pageSize") ? PageSize : NeedFilter.GetValueOrDefault(route, "");
        var forms = new List<ReadRequest> { new(route, "first page", With(path, basis), false) };
        var answer = await api.GetAsync(forms[0].Path);
        if (!answer.IsOk) throw new InvalidOperationException($"{forms[0].Path}: {answer.Text}");
        var first = answer.Json;
        if (query.ContainsKey("pageNumber")) forms.Add(Form("last page", $"pageNumber={PageInfo("pageCount")}"));
        if (query.ContainsKey("pageMarker")) forms.Add(Form("a later page", $"pageMarker={PageInfo("pageMarker") / 2}"));
        if (query.ContainsKey("_fuzzySearch")) forms.AddRange([Form("search that finds few", $"_fuzzySearch={FewText}"), Form("search that finds many", $"_fuzzySearch={ManyText}")]);
        if (query.ContainsKey("fieldPicking")) forms.Add(Form("some fields", "fieldPicking=id,title,createTime"));
        if (query.ContainsKey("sort")) forms.Add(Form("the other way round", "sort=seq"));
        foreach (var (name, schema) in query.Where(value => !ListValues.Contains(value.Key) && !basis.Contains(value.Key + '=', StringComparison.Ordinal)))
        {
            if (name[0] == '_') forms.Add(Form(name, $"{name}=true"));
            else forms.AddRange(ValuesOf(route, name, schema, first["data"]!.AsArray()).Select(value => Form($"{name}={value}", $"{name}={Uri.EscapeDataString(value)}")));
        }

        return forms;

        long PageInfo(string name) => (long?)first["pageInfo"]?[name] ?? throw new InvalidOperationException($"{forms[0].Path} answers no pageInfo.{name}: {answer.Text[..Math.Min(answer.Text.Length, 300)]}");

        ReadRequest Form(string what, string value) => new(route, what, With(path, basis, value), false);
    }

    private static string With(string path, params string[] values) => values.Where(value => value.Length > 0).ToList() is { Count: > 0 } given ? $"{path}?{string.Join('&', given)}" : path;

    private string Required(string route) => route switch
    {
        // The scripts are all there are, without pages.
        "/api/v1/func/overview" => "?sections=entityCounts,workerQueues,latestOperations",
        "/api/v1/func-result" => $"?taskId={samples.Tasks[2]}",
        _ => "",
    };

    private string IdOf(string route, string parameter) => (route.Split('/')[3], parameter) switch
    {
        ("scripts", _) => "set_7__report_4707",
        ("func", _) => "set_7__report_4707.run",
        ("users", _) => samples.Administrator,
        ("access-keys", _) => samples.AccessKey,
        ("func-stores", _) => "fnst-7",
        ("system-configs", _) => StoreSamples.SystemConfig,
        ("data-processor-task-results", _) => "task-report-150000",
        ("crontab-configs" or "cron-jobs", _) => "cron-report-7",
        ("connectors", _) => "source_report_7",
        var other => throw new InvalidOperationException($"{route}: no {other.parameter} is known; add one"),
    };

    /// <summary>Values that there are: those of the rows of the first page.</summary>
    private static IEnumerable<string> ValuesOf(string route, string name, JsonNode schema, JsonArray rows)
    {
        if (schema["enum"] is JsonArray values) return values.Select(value => (string)value!);
        var field = name switch
        {
            "tags" => "tagsJSON",
            "func_tags" or "funcTags" => "func_tagsJSON",
            "func_scriptSetId" => "sset_id",
            "func_scriptId" => "scpt_id",
            "funcName" => "func_name",
            "funcCategory" => "func_category",
            "createTimeFrom" or "createTimeTo" => "createTime",
            "scriptId" or "scriptSetId" when route.EndsWith("-func-list", StringComparison.Ordinal) || route.EndsWith("-api-list", StringComparison.Ordinal) => name == "scriptId" ? "scpt_id" : "sset_id",
            _ => name,
        };
        if (rows.Select(row => row![field]).FirstOrDefault(value => value is not null) is { } found)
            return [found is JsonArray array ? (string)array[0]! : found.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)found! : found.ToJsonString()];
        if (rows.Count > 0 && rows[0]!.AsObject().ContainsKey(field)) return ["_NULL"];
        return (route, name) switch
        {
            (_, "origin" or "originId") => ["none"],
            (_, "scriptSetId") => ["set_7"],
            (_, "scriptId") => ["set_7__report_4707"],
            (_, "scriptName" or "name" or "title") => [ManyText],
            ("/api/v1/func-tag-list", "tagPattern") => ["rep*"],
            ("/api/v1/func-tag-list", _) => ["set_7__report_7"],
            ("/api/v1/upgrade-info", "seq") => ["1"],
            (_, "createTimeFrom") => [DateTimeOffset.UtcNow.AddDays(-1).ToString("O", CultureInfo.InvariantCulture)],
            (_, "task") => ["set_7__report_4707.run"],
            _ => throw new InvalidOperationException($"{route}: no value of {name} is known; add one"),
        };
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex RouteParameter();
}
