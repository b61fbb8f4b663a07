using Dff.Abstractions.Scripts;
using Dff.Storage.Lists;
using Dff.Storage.Scripts;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Scripts;

public sealed class ScriptSetRoutes(IGrainFactory grains, ScriptSetRepository sets, ScriptRepository scripts, IScriptSetCloner cloner)
{
    private const string Tag = "Script sets";

    private static readonly Field[] Changeable =
    [
        Field.String("title", 256).OrNull(), Field.String("description", 65535).OrNull(), Field.String("requirements", 65535).OrNull(), Field.Boolean("isPinned").OrNull(),
    ];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/script-sets/do/list", "Script sets", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(ScriptSetRow), IsList = true,
            Query = new(
                Field.String("id"), Field.String("origin"), Field.String("originId"), Field.Boolean("_withScripts").Saying("true adds scripts: those of each set"),
                Field.Boolean("_withScriptCode").Saying("true adds their published code too")),
        },
        new("POST", "/api/v1/script-sets/do/add", "Adds a script set", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object("data", [Field.String("id", 64, 1).Required(), .. Changeable]).Required()),
        },
        new("POST", "/api/v1/script-sets/{id}/do/modify", "Changes a script set, locks or unlocks it", ModifyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object("data", [.. Changeable, Field.Boolean("isLocked").OrNull()]).Required()),
        },
        new("POST", "/api/v1/script-sets/{id}/do/clone", "Adds a script set with the scripts of this one, their drafts and what is published", CloneAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.String("newId", 60, 1).Required()),
            Description = "Links, batches and crontab configs stay with the other set, and code that names scripts by the ID of their set goes on naming those of the other.",
        },
        new("GET", "/api/v1/script-sets/{id}/do/delete", "Deletes a script set with its scripts", DeleteAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        var result = await sets.ListAsync(query, context.Aborted);
        var withCode = context.Flag("_withScriptCode");
        if (result.Rows.Count > 0 && (withCode || context.Flag("_withScripts"))) result = await WithScriptsAsync(result, withCode, context.Aborted);
        return ListRequest.Answer(context, query, result);
    }

    private async Task<ListResult<ScriptSetRow>> WithScriptsAsync(ListResult<ScriptSetRow> result, bool withCode, CancellationToken cancellationToken)
    {
        var ofSets = ListQuery.All with { Filters = [new ListFilter("scriptSetId", [.. result.Rows.Select(set => set.Id)])] };
        var bySet = (await scripts.ListAsync(ofSets, withCode, cancellationToken)).Rows.ToLookup(script => script.ScriptSetId, script => script with { CodeDraft = null }, StringComparer.Ordinal);
        return result with { Rows = [.. result.Rows.Select(set => set with { Scripts = [.. bySet[set.Id]] })] };
    }

    private async Task<ApiAnswer> CloneAsync(ApiContext context)
    {
        var newId = context.Body.TextOf("newId")!;
        ScriptIds.RequireSetId(newId, "newId");
        await cloner.CloneAsync(context.Id, newId, context.Caller, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(newId));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = context.Data.TextOf("id")!;
        await grains.GetGrain<IScriptSetGrain>(ScriptIds.RequireSetId(id, "data.id")).AddAsync(Change(context), context.Caller);
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        await Grain(context).ModifyAsync(Change(context), context.Caller);
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await Grain(context).DeleteAsync(context.Caller);
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private IScriptSetGrain Grain(ApiContext context) => grains.GetGrain<IScriptSetGrain>(ScriptIds.RequireSetId(context.Id, "id"));

    private static ScriptSetChange Change(ApiContext context) => new()
    {
        Title = context.Data.TextChange("title"),
        Description = context.Data.TextChange("description"),
        Requirements = context.Data.TextChange("requirements"),
        IsPinned = context.Data.FlagChange("isPinned"),
        IsLocked = context.Data.FlagChange("isLocked"),
    };
}
