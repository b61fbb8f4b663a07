using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dff.Web.Docs;

/// <summary>What stands in the fields of example answers, by name; <c>Type.name</c> where a name means something else there.</summary>
internal static class ExampleValues
{
    public const string Moment = "2030-01-31T09:00:00.000Z";
    public const string TraceId = "TRACE-7KQ2M9XV4T6WBHRD";
    public const string Page = """{"pagingStyle": "normal", "pageSize": 10, "count": 1, "totalCount": 1, "pageNumber": 1, "pageCount": 1, "isFirstPage": true}""";
    public const string MarkerPage = """{"pagingStyle": "marker", "pageSize": 10, "count": 1, "pageMarkerField": "seq", "pageMarker": 1, "isFirstPage": true}""";

    public const string PlainText = "pong";
    public const string AnyJson = """[{"id": 1, "total": "19.90"}]""";

    private const string Code = """@DFF.API("Hello")\ndef hello(name):\n    return f"Hello, {name}!"\n""";
    private const string CodeMD5 = "\"0e1b58b1ad4be3b4fd1b2d5c3d8a1c52\"";
    private const string Null = "null";
    private const string Summary = """{"scriptSets": [{"id": "demo", "title": "Demo"}], "counts": {"scripts": 1, "funcs": 1}, "note": "For the test system"}""";

    /// <summary>Values as JSON.</summary>
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal)
    {
        // Scripts and functions
        ["scriptSetId"] = Text("demo"),
        ["scriptId"] = Text("demo__hello"),
        ["funcId"] = Text(RequestExamples.Function),
        ["title"] = Text("Hello"),
        ["description"] = Text("Greets whoever is named"),
        ["name"] = Text("hello"),
        ["definition"] = Text("hello(name)"),
        ["argsJSON"] = """["name"]""",
        ["kwargsJSON"] = """{"name": {}}""",
        ["extraConfigJSON"] = """{"timeout": 10}""",
        ["category"] = Text("general"),
        ["integration"] = Null,
        ["tagsJSON"] = """["greeting"]""",
        ["type"] = Text("python"),
        ["code"] = JsonText(Code),
        ["codeDraft"] = JsonText(Code),
        ["scriptCode_cache"] = JsonText(Code),
        ["codeMD5"] = CodeMD5,
        ["codeDraftMD5"] = CodeMD5,
        ["lockedByUserId"] = Null,
        ["requirements"] = Null,
        ["note"] = Text("First version"),
        ["exportedAPIFuncs"] = """[{"name": "hello", "title": "Hello", "definition": "hello(name)"}]""",
        ["func_id"] = Text(RequestExamples.Function),
        ["func_name"] = Text("hello"),
        ["func_title"] = Text("Hello"),
        ["func_description"] = Text("Greets whoever is named"),
        ["func_definition"] = Text("hello(name)"),
        ["func_argsJSON"] = """["name"]""",
        ["func_kwargsJSON"] = """{"name": {}}""",
        ["func_extraConfigJSON"] = """{"timeout": 10}""",
        ["func_category"] = Text("general"),
        ["func_integration"] = Null,
        ["func_tagsJSON"] = """["greeting"]""",
        ["scpt_id"] = Text("demo__hello"),
        ["scpt_title"] = Text("Hello"),
        ["scpt_description"] = Null,
        ["sset_id"] = Text("demo"),
        ["sset_title"] = Text("Demo"),
        ["sset_description"] = Null,
        ["sset_lockedByUserId"] = Null,
        ["ScriptSetRow.title"] = Text("Demo"),
        ["VersionDiff.from"] = Text("1"),
        ["VersionDiff.to"] = Text("2"),
        ["VersionDiff.diff"] = JsonText("""--- 1\n+++ 2\n@@ -2,2 +2,2 @@\n def hello(name):\n-    return name\n+    return f"Hello, {name}!"\n"""),
        ["FuncTag.name"] = Text("greeting"),

        // What Python says of a source
        ["ParseProblem.severity"] = Text("error"),
        ["ParseProblem.message"] = Text("expected ':'"),
        ["ParsedArgument.name"] = Text("name"),
        ["annotation"] = Null,
        ["hint"] = Null,
        ["default"] = Null,
        ["isRequired"] = "true",
        ["isExported"] = "true",

        // Links, batches, crontab configs
        ["funcCallKwargsJSON"] = """{"name": "FROM_PARAMETER"}""",
        ["throttlingJSON"] = """{"byMinute": 60}""",
        ["apiAuthId"] = Null,
        ["origin"] = Text("API"),
        ["originId"] = Null,
        ["taskRecordLimit"] = Null,
        ["expireTime"] = Null,
        ["SessionAnswer.expireTime"] = Text("2030-02-07T09:00:00.000Z"),
        ["url"] = Text("/api/v1/al/auln-Vn3xKq7RtW5mZb2P"),
        ["apiType"] = Text("syncAPI"),
        ["crontab"] = Text("0 9 * * mon-fri"),
        ["cronExpr"] = Text("0 9 * * mon-fri"),
        ["fixedCrontab"] = Null,
        ["timezone"] = Text("Europe/Berlin"),
        ["misfirePolicy"] = Text("once"),
        ["misfireGraceSeconds"] = "3600",
        ["overlapPolicy"] = Text("skip"),
        ["scope"] = Text("GLOBAL"),
        ["configMD5"] = CodeMD5,
        ["runs"] = """["2030-01-31T08:00:00.000Z", "2030-02-01T08:00:00.000Z"]""",
        ["crontabConfigId"] = Text("cron-T9bHs6JkQ3wEy4Va"),
        ["batchId"] = Text("bat-M5nRz8XvL2qWc7Fd"),
        ["CrontabSkipRow.reason"] = Text("overlap"),

        // Calls and tasks
        ["task"] = Text(RequestExamples.Function),
        ["taskId"] = Text(RequestExamples.Task),
        ["resultURL"] = Text($"/api/v1/func-result?taskId={RequestExamples.Task}"),
        ["FuncResultAnswer.result"] = Text("Hello, world!"),
        ["CallAnswer.result"] = """{"raw": "Hello, world!", "repr": "'Hello, world!'", "jsonDumps": "\"Hello, world!\""}""",
        ["retvalJSON"] = Text("Hello, world!"),
        ["raw"] = Text("Hello, world!"),
        ["repr"] = Text("'Hello, world!'"),
        ["jsonDumps"] = """ "\"Hello, world!\"" """,
        ["FuncResultRequest.kwargs"] = """{"name": "world"}""",
        ["status"] = Text("success"),
        ["DataProcessorTaskResultRow.status"] = Text("SUCCESS"),
        ["MonitoredTaskRow.status"] = Text("SUCCESS"),
        ["FuncResultAnswer.status"] = Text("SUCCESS"),
        ["ImportHistoryRow.status"] = Text("done"),
        ["taskStatus"] = Text("success"),
        ["execMode"] = Text("async"),
        ["startTime"] = Text(Moment),
        ["DataProcessorTaskResultRow.startTime"] = "1896080400",
        ["DataProcessorTaskResultRow.endTime"] = "1896080401",
        ["DataProcessorTaskResultRow.argsJSON"] = Null,
        ["DataProcessorTaskResultRow.kwargsJSON"] = """{"name": "world"}""",
        ["MonitoredTaskRow.origin"] = Text("direct"),
        ["DataProcessorTaskResultRow.origin"] = Text("direct"),
        ["errorType"] = Null,
        ["einfoTEXT"] = Null,
        ["logMessageTEXT"] = Text("[2030-01-31 09:00:00.000] greeting world"),
        ["messageTEXT"] = Text("[2030-01-31 09:00:00.000] greeting world"),
        ["logMessages"] = """["[2030-01-31 09:00:00.000] greeting world"]""",
        ["plotCharts"] = "[]",
        ["traceInfo"] = Null,
        ["stack"] = Null,
        ["ScriptFailureRow.einfoTEXT"] = Text("Traceback (most recent call last):\n  demo__hello, line 3, in hello\nValueError: nobody to greet"),
        ["exception"] = Text("ValueError"),
        ["traceInfoJSON"] = """[{"scriptId": "demo__hello", "line": 3, "func": "hello"}]""",
        ["priority"] = "5",

        // Data sources, env variables, API authentication
        ["DataSourceRow.type"] = Text("mysql"),
        ["DataSourceRow.title"] = Text("Orders"),
        ["DataSourceRow.configJSON"] = """{"host": "mysql.example.org", "port": 3306, "database": "orders", "user": "reader"}""",
        ["secretFieldsJSON"] = """["password"]""",
        ["EnvVariableRow.title"] = Text("How to greet"),
        ["valueTEXT"] = Text("Hello"),
        ["autoTypeCasting"] = Text("string"),
        ["value"] = Text("Functions of Example Ltd"),
        ["ApiAuthRow.type"] = Text("httpBasic"),
        ["ApiAuthRow.title"] = Text("Partners"),
        ["ApiAuthRow.name"] = Text("Partners"),
        ["ApiAuthRow.configJSON"] = """{"users": [{"username": "partner"}]}""",
        ["topic"] = Text("orders"),

        // What scripts have stored, and the overview
        ["FuncStoreRow.key"] = Text("last_order"),
        ["FuncStoreRow.scope"] = Text("demo__hello"),
        ["valueJSON"] = """{"id": 1}""",
        ["groupId"] = Text(RequestExamples.Function),
        ["rootTaskId"] = Text(RequestExamples.Task),
        ["ScriptOverviewRow.id"] = Text("demo__hello"),
        ["OperationOverviewRow.id"] = Text("oprd-5HkV3wQX9cVb4NmK7jHgFdS"),

        // Packages
        ["summaryJSON"] = Summary,
        ["failuresJSON"] = "[]",
        ["counts"] = """{"scripts": 1, "funcs": 1}""",
        ["confirmId"] = Text("import-Z6xCv9BnM3qWe7Rt"),
        ["recoverPointId"] = Text("srpt-D4fGh7JkL2zXcV9b"),
        ["PackageSummaryScriptSet.id"] = Text("demo"),
        ["PackageSummaryScriptSet.title"] = Text("Demo"),
        ["PackageSummary.note"] = Text("For the test system"),
        ["PackageDiffRecord.kind"] = Text("script"),
        ["PackageDiffRecord.id"] = Text("demo__hello"),
        ["PackageImportAnswer.failures"] = "[]",
        ["PackageNotice.part"] = Text("dataSources"),
        ["PackageNotice.id"] = Text("demo_mysql"),
        ["PackageNotice.message"] = Text("configJSON.password is not in the package; set it"),
        ["RecoverPointRow.type"] = Text("manual"),

        ["PackageImportAnswer.id"] = Text("import-Z6xCv9BnM3qWe7Rt"),
        ["CrontabTaskInfoRow.id"] = Text(RequestExamples.Task),

        // Users, sessions, access keys
        ["Profile.id"] = Text("u-F3dSa6GhJ9kQw2Ze"),
        ["SessionAnswer.id"] = Text("sess-Y7uJm4KiL9pHn2Bg"),
        ["userId"] = Text("u-F3dSa6GhJ9kQw2Ze"),
        ["xAuthToken"] = Text("…"),
        ["secret"] = Text("…"),
        ["username"] = Text("ada"),
        ["UserAnswer.name"] = Text("Ada Lovelace"),
        ["Profile.name"] = Text("Ada Lovelace"),
        ["mobile"] = Null,
        ["email"] = Text("ada@example.org"),
        ["markers"] = Null,
        ["roles"] = """["user"]""",
        ["NodeEnvironment.roles"] = Text("web,worker"),
        ["privileges"] = """["general_r", "general_w"]""",
        ["customPrivileges"] = Null,
        ["address"] = Text("192.0.2.7"),
        ["client"] = Text("Mozilla/5.0"),
        ["isCurrent"] = "true",
        ["AccessKeyRow.name"] = Text("Deployment"),
        ["AccessKeyRow.title"] = Text("Deployment"),
        ["webhookURL"] = Text("https://hooks.example.org/dff"),
        ["webhookEvents"] = Text("scripts.publish"),
        ["statusCode"] = "200",
        ["body"] = Text("ok"),

        // Records
        ["clientId"] = Null,
        ["traceId"] = Text(TraceId),
        ["reqMethod"] = Text("POST"),
        ["reqRoute"] = Text("/api/v1/scripts/:id/do/publish"),
        ["reqQueryJSON"] = "{}",
        ["reqParamsJSON"] = """{"id": "demo__hello"}""",
        ["reqBodyJSON"] = """{"data": {"note": "First version"}}""",
        ["reqFileInfoJSON"] = Null,
        ["respStatusCode"] = "200",
        ["respBodyJSON"] = """{"ok": true, "data": {"id": "demo__hello"}}""",

        // The system
        ["version"] = Text("1.0.0"),
        ["NodePython.version"] = Text("3.11.2"),
        ["commit"] = Text("0123abc"),
        ["baseURL"] = Text("https://functions.example.org"),
        ["openApi"] = Text("/openapi/v1.json"),
        ["docs"] = Text("/docs"),
        ["ApiInfo.name"] = Text("Dff"),
        ["SchemaUpgrade.name"] = Text("orleans"),
        ["PartStatus.kind"] = Text("sqlite"),
        ["PartStatus.ok"] = "true",
        ["PartStatus.error"] = Null,
        ["initialized"] = "true",
        ["passwordMinLength"] = "8",
        ["echo"] = """{"x": 1}""",
        ["string"] = Null,
        ["integer"] = Null,
        ["boolean"] = Null,
        ["node"] = Text("node-1"),
        ["answer"] = Text("pong"),
        ["hostName"] = Text("node-1"),
        ["operatingSystem"] = Text("Debian GNU/Linux 12 (bookworm)"),
        ["runtime"] = Text(".NET 10.0.0"),
        ["executable"] = Text("/usr/bin/python3"),
        ["isolation"] = Text("users"),
        ["drivers"] = """["pymysql", "redis"]""",
        ["configuration"] = """{"WEB_PORT": "8088", "SECRET": "********"}""",
        ["points"] = "[[1896080400, 12.5], [1896080460, 13.1]]",
        ["StatSeries.name"] = Text("processorUse"),
        ["siloMemoryBytes"] = "180000000",
        ["workerMemoryBytes"] = "60000000",
        ["machineMemoryBytes"] = "8000000000",
        ["isPythonReady"] = "true",
        ["processId"] = "4711",
    };

    /// <summary>What is left out of an answer unless it was asked for, and stays out of the example.</summary>
    private static readonly HashSet<string> LeftOut = new(StringComparer.Ordinal) { "ScriptSetRow.scripts", "ErrorEnvelope.data" };

    public static bool IsLeftOut(string owner, string name) => LeftOut.Contains($"{owner}.{name}");

    /// <summary>There is a value for this type's field in particular.</summary>
    public static bool Has(string owner, string name) => Values.ContainsKey($"{owner}.{name}");

    public static bool TryFind(string owner, string name, out JsonNode? value)
    {
        value = null;
        if (!Values.TryGetValue($"{owner}.{name}", out var json) && !Values.TryGetValue(name, out json)) return false;
        value = JsonNode.Parse(json);
        return true;
    }

    private static string Text(string value) => JsonSerializer.Serialize(value);

    /// <summary>Of text with <c>\n</c> for its line ends.</summary>
    private static string JsonText(string value) => JsonSerializer.Serialize(value.Replace("\\n", "\n", StringComparison.Ordinal));
}
