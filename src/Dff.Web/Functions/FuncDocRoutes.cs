using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Storage.AuthLinks;
using Dff.Storage.Batches;
using Dff.Storage.Lists;
using Dff.Storage.Scripts;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Functions;

/// <summary>What there is to call, for whoever documents it.</summary>
public sealed class FuncDocRoutes(FuncRepository functions, AuthLinkRepository links, BatchRepository batches)
{
    private const string Tag = "Functions";

    private static readonly Field[] DocFilters =
    [
        Field.CommaArray("funcId"), Field.CommaArray("funcName"), Field.CommaArray("funcCategory"), Field.CommaArray("funcTags"), Field.CommaArray("scriptId"), Field.CommaArray("scriptSetId"),
        Field.String("_fuzzySearch"),
    ];

    /// <summary>Filters of these routes → those of the lists of auth links and batches.</summary>
    private static readonly Dictionary<string, string> ListNames = new()
    {
        ["funcId"] = "funcId",
        ["funcName"] = "func_name",
        ["funcCategory"] = "func_category",
        ["funcTags"] = "func_tags",
        ["scriptId"] = "func_scriptId",
        ["scriptSetId"] = "func_scriptSetId",
    };

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/func-list", "The published functions, but for hidden ones", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(IReadOnlyList<FuncRow>),
            Query = new(
                Field.String("id"), Field.String("name"), Field.String("title"), Field.CommaArray("category"), Field.CommaArray("integration"), Field.CommaArray("tags"), Field.String("scriptId"),
                Field.String("scriptSetId"), Field.String("_fuzzySearch")),
        },
        new("GET", "/api/v1/func-tag-list", "The tags of published functions", ListTagsAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(IReadOnlyList<FuncTag>),
            Query = new(
                Field.String("name").Saying("A part of the tag"), Field.CommaArray("scriptSetId"), Field.CommaArray("scriptId"),
                Field.String("tagPattern", 256).Saying("With * for any characters and ? for one")),
        },
        new("GET", "/api/v1/func/{funcId}", "A published function", GetAsync) { Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(FuncRow) },
        new("GET", "/api/v1/auth-link-func-list", "Auth links that are to be shown (showInDoc), for everybody", context => ListDocsAsync(context, "syncAPI"))
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(IReadOnlyList<FuncApiDoc>), Query = new(DocFilters),
        },
        new("GET", "/api/v1/func-api-list", "Sync and async APIs that are to be shown (showInDoc), for everybody", context => ListDocsAsync(context, context.Query("apiType") ?? "ALL"))
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(IReadOnlyList<FuncApiDoc>), Query = new([Field.Enum("apiType", "syncAPI", "asyncAPI", "ALL"), .. DocFilters]),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context) => ApiAnswer.Of(await ShownAsync(ListRequest.Read(context, isPaged: false), context.Aborted));

    private async Task<ApiAnswer> ListTagsAsync(ApiContext context)
    {
        var query = ListRequest.Read(context, isPaged: false);
        var rows = await ShownAsync(query with { Filters = [.. query.Filters.Where(filter => filter.Field is "scriptSetId" or "scriptId")] }, context.Aborted);
        var tags = rows.Where(row => row.TagsJSON is not null).SelectMany(row => JsonNode.Parse(row.TagsJSON!.Value.Text)!.AsArray()).Select(tag => (string)tag!)
            .Where(tag => context.Query("name") is not { Length: > 0 } name || tag.Contains(name, StringComparison.OrdinalIgnoreCase))
            .Where(tag => context.Query("tagPattern") is not { Length: > 0 } pattern || System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, tag));
        return ApiAnswer.Of(tags.GroupBy(tag => tag, StringComparer.Ordinal).OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => new FuncTag(tag.Key, tag.Key, tag.Count())).ToList());
    }

    private async Task<ApiAnswer> GetAsync(ApiContext context)
    {
        var funcId = context.RouteValue("funcId");
        var rows = (await functions.ListAsync(ListQuery.All with { Filters = [new ListFilter("id", [funcId])] }, context.Aborted)).Rows;
        return ApiAnswer.Of(rows.Count > 0 ? rows[0] : throw new DffException(ErrorReason.ClientNotFound, $"No such function: {funcId}", new { funcId }));
    }

    private async Task<ApiAnswer> ListDocsAsync(ApiContext context, string apiType)
    {
        var given = ListRequest.Read(context, isPaged: false);
        var query = given with
        {
            Filters = [new ListFilter("showInDoc", ["1"]), new ListFilter("isDisabled", ["0"]), .. given.Filters.Where(filter => ListNames.ContainsKey(filter.Field)).Select(filter => new ListFilter(ListNames[filter.Field], filter.Values))],
        };
        var docs = new List<FuncApiDoc>();
        if (apiType is "syncAPI" or "ALL")
            docs.AddRange((await links.ListAsync(query, context.Aborted)).Rows.Where(row => row.FuncName is not null).Select(row => Doc("syncAPI", $"/api/v1/al/{row.Id}", row.Id, row.FuncId, row.FuncCallKwargsJSON, row.ApiAuthId, row)));
        if (apiType is "asyncAPI" or "ALL")
            docs.AddRange((await batches.ListAsync(query, false, context.Aborted)).Rows.Where(row => row.FuncName is not null).Select(row => Doc("asyncAPI", $"/api/v1/bat/{row.Id}", row.Id, row.FuncId, row.FuncCallKwargsJSON, row.ApiAuthId, row)));
        return ApiAnswer.Of(docs);
    }

    /// <summary>Values that are fixed are not for everybody.</summary>
    private static FuncApiDoc Doc(string type, string url, string id, string funcId, RawJson? kwargs, string? apiAuthId, FunctionJoin function)
    {
        var open = new JsonObject();
        foreach (var argument in RequestBody.ParseText(kwargs?.Text ?? "{}").EnumerateObject())
        {
            if (argument.Value.ValueKind == JsonValueKind.String && argument.Value.GetString() is "FROM_PARAMETER" or "INPUT_BY_CALLER") open[argument.Name] = argument.Value.GetString();
        }

        return new FuncApiDoc(type, id, url, funcId, new RawJson(open.ToJsonString(ApiJson.Options)), apiAuthId is not null)
        {
            FuncName = function.FuncName,
            FuncTitle = function.FuncTitle,
            FuncDescription = function.FuncDescription,
            FuncDefinition = function.FuncDefinition,
            FuncCategory = function.FuncCategory,
            FuncTagsJSON = function.FuncTagsJSON,
            ScptId = function.ScptId,
            ScptTitle = function.ScptTitle,
            SsetId = function.SsetId,
            SsetTitle = function.SsetTitle,
        };
    }

    private async Task<List<FuncRow>> ShownAsync(ListQuery query, CancellationToken cancellationToken) => [.. (await functions.ListAsync(query, cancellationToken)).Rows.Where(row => !IsHidden(row))];

    private static bool IsHidden(FuncRow row) => row.ExtraConfigJSON is { } extra && JsonNode.Parse(extra.Text, documentOptions: new JsonDocumentOptions { MaxDepth = RawJson.DeepestNesting }) is JsonObject config && config["isHidden"]?.GetValueKind() == JsonValueKind.True;
}
