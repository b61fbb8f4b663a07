using System.Globalization;
using System.Text.Json;
using Dff.Abstractions.Packages;
using Dff.Storage.Packages;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Packages;

/// <summary>Script sets as files: export, import, and what has become of both.</summary>
public sealed class PackageRoutes(IPackageExporter exporter, IPackageImporter importer, PackageHistoryRepository history)
{
    private const string Tag = "Packages";
    private const string Legacy = "legacy";
    private const string File = "files";

    public IEnumerable<ApiRoute> All =>
    [
        new("POST", "/api/v1/script-sets/do/export", "Script sets as a package", ExportAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, IsRaw = true,
            Description = "Answers a file. By default it is a zip with a manifest and one .py file a script, encrypted where there is a password; legacy is the format of DataFlux Func 1.0, "
                + "for scripts and their functions. A script that was never published goes along as its draft.",
            Body = new(
                (Field.Array("scriptSetIds", Field.String("id", 64)) with { MinLength = 1 }).Required(),
                Field.String("password", 24).OrNull().Required().Saying("null or empty: anybody can read it"),
                Field.String("note", 65535, 1).Required(),
                Field.Enum("format", "dff", Legacy),
                Field.Array("envVariableIds", Field.String("id", 64)).OrNull().Saying("Env variables that go along, with their values"),
                Field.Array("dataSourceIds", Field.String("id", 64)).OrNull().Saying("Data sources that go along, without their secrets"),
                Field.Array("connectorIds", Field.String("id", 64)).OrNull().Saying("The same"),
                Field.Boolean("includeAuthLinks").OrNull().Saying("The auth links of functions in these sets"), Field.Boolean("includeSyncAPIs").OrNull().Saying("The same"),
                Field.Boolean("includeBatches").OrNull(), Field.Boolean("includeAsyncAPIs").OrNull().Saying("The same"),
                Field.Boolean("includeCrontabConfigs").OrNull(), Field.Boolean("includeCronJobs").OrNull().Saying("The same")),
        },
        new("POST", "/api/v1/script-sets/do/import", "Imports a package, or says what importing it would do", ImportAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(PackageImportAnswer),
            Description = "With checkOnly the answer holds a confirmId, and nothing is changed. All of a package is in force on every node when this answers, or nothing of it. "
                + "Scripts of these sets that the package does not hold stay; code that differs becomes a new version. A recover point is made first. "
                + "A data source that is there keeps its secrets, a new one has none: summary.notices names what is to be completed.",
            Body = new(Field.String("password", 1000).OrNull(), Field.String("checkOnly").Saying("true: nothing is changed")),
            Upload = new Upload(File, PackageFileLimit.Bytes),
        },
        new("POST", "/api/v1/script-sets/do/confirm-import", "Carries out an import that was checked", ConfirmAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(PackageImportAnswer), Body = new(Field.String("confirmId", 64).Required()),
            Description = "By the user who had it checked, once, within _FUNC_PKG_IMPORT_CONFIRM_TIMEOUT seconds.",
        },
        new("GET", "/api/v1/script-set-export-history/do/list", "What was exported, the newest first", ListExportsAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(ExportHistoryRow), IsList = true, Query = new(Field.String("id")),
        },
        new("GET", "/api/v1/script-set-import-history/do/list", "What was imported, the newest first, and what of it is still to follow", ListImportsAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(ImportHistoryRow), IsList = true, Query = new(Field.String("id")),
        },
    ];

    private async Task<ApiAnswer> ExportAsync(ApiContext context)
    {
        var body = context.Body;
        var package = await exporter.ExportAsync(
            new PackageSelection
            {
                ScriptSetIds = Ids(body, "scriptSetIds"),
                EnvVariableIds = Ids(body, "envVariableIds"),
                DataSourceIds = [.. Ids(body, "dataSourceIds"), .. Ids(body, "connectorIds")],
                WithAuthLinks = body.FlagOf("includeAuthLinks") == true || body.FlagOf("includeSyncAPIs") == true,
                WithBatches = body.FlagOf("includeBatches") == true || body.FlagOf("includeAsyncAPIs") == true,
                WithCrontabConfigs = body.FlagOf("includeCrontabConfigs") == true || body.FlagOf("includeCronJobs") == true,
                Password = body.TextOf("password"),
                Note = body.TextOf("note"),
                IsLegacy = body.TextOf("format") == Legacy,
            },
            context.Aborted);
        return ApiAnswer.OfRaw(async http =>
        {
            http.Response.ContentType = "application/octet-stream";
            http.Response.ContentLength = package.Content.Length;
            http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"{package.FileName}\"");
            http.Response.Headers.CacheControl = "no-store";
            await http.Response.Body.WriteAsync(package.Content, http.RequestAborted);
        });
    }

    private async Task<ApiAnswer> ImportAsync(ApiContext context)
    {
        var password = context.Body.TextOf("password");
        var isCheck = Field.ReadFlag(context.Body.TextOf("checkOnly") ?? "", "checkOnly");
        if (!isCheck) return Answer(await importer.ImportAsync(context.File, password, context.Caller, context.Aborted));
        var check = await importer.CheckAsync(context.File, password, context.Caller, context.Aborted);
        return ApiAnswer.Of(new PackageImportAnswer(check.ConfirmId, check.Summary, check.Diff, null, null, null));
    }

    private async Task<ApiAnswer> ConfirmAsync(ApiContext context) => Answer(await importer.ConfirmAsync(context.Body.TextOf("confirmId")!, context.Caller, context.Aborted));

    private async Task<ApiAnswer> ListExportsAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await history.ListExportsAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> ListImportsAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await history.ListImportsAsync(query, context.Aborted));
    }

    private static ApiAnswer Answer(PackageImported imported) =>
        ApiAnswer.Of(new PackageImportAnswer(null, imported.Summary, imported.Diff, imported.Id, imported.RecoverPointId, imported.Failures));

    private static List<string> Ids(JsonElement body, string field) =>
        body.TryGetProperty(field, out var ids) && ids.ValueKind == JsonValueKind.Array ? [.. ids.EnumerateArray().Select(id => id.GetString() ?? throw Field.Refused(field, "an ID is expected"))] : [];
}

/// <param name="ConfirmId">Of a check: what confirm-import takes; null where it was imported.</param>
/// <param name="Id">Of the row in the import history; null: it was a check.</param>
/// <param name="RecoverPointId">Of the scripts as they were before; null as above.</param>
/// <param name="Failures">What could not follow, while all else is in force; null as above.</param>
public sealed record PackageImportAnswer(
    string? ConfirmId, PackageSummary Summary, PackageDiff Diff, string? Id, string? RecoverPointId, IReadOnlyList<PackageFailure>? Failures);
