using System.Globalization;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.Lists;
using Dff.Storage.Scripts;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Scripts;

/// <summary>Published versions: all of them with their code, what differs between two, and the way back.</summary>
public sealed class VersionRoutes(IGrainFactory grains, ScriptRepository scripts, PublishHistoryRepository history)
{
    private const string Tag = "Scripts";
    private const string Draft = "draft";
    private const string Published = "published";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/script-publish-history/do/list", "Published versions, the newest first; scriptCode_cache is the code of a version", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(PublishHistoryRow), IsList = true,
            Query = new(Field.String("id"), Field.String("scriptId"), Field.Integer("scriptPublishVersion", 1, int.MaxValue)),
        },
        new("GET", "/api/v1/scripts/{id}/do/diff", "What differs between two versions of a script", DiffAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(VersionDiff),
            Query = new(
                Field.String("from", 16).Saying("A version's number, published (default), or draft"), Field.String("to", 16).Saying("The same; draft by default"),
                Field.Integer("context", 0, 1000).Saying("Unchanged lines around each change, 3 by default")),
        },
        new("POST", "/api/v1/scripts/{id}/do/roll-back", "Publishes the code of an earlier version again, as a new version, after the pre-check", RollBackAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ScriptPublishAnswer),
            Description = "The draft follows, unless it has edits that are not published.",
            Body = new(Field.Object("data", Field.Integer("scriptPublishVersion", 1, int.MaxValue).Required(), Field.String("note", 65535).OrNull()).Required()),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        var withCode = context.Query("fieldKicking")?.Contains("scriptCode_cache", StringComparison.Ordinal) != true;
        return ListRequest.Answer(context, query, await history.ListAsync(query, withCode, context.Aborted));
    }

    private async Task<ApiAnswer> DiffAsync(ApiContext context)
    {
        ScriptIds.RequireScriptId(context.Id, "id");
        var script = await scripts.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("script", context.Id);
        var (from, to) = (Named(context, "from", Published), Named(context, "to", Draft));
        var contextLines = context.Query("context") is { Length: > 0 } lines ? int.Parse(lines, CultureInfo.InvariantCulture) : 3;
        return ApiAnswer.Of(VersionDiff.Of(from, await CodeAsync(context, script, "from", from), to, await CodeAsync(context, script, "to", to), contextLines));
    }

    private async Task<ApiAnswer> RollBackAsync(ApiContext context)
    {
        ScriptIds.RequireScriptId(context.Id, "id");
        var published = await grains.GetGrain<IScriptGrain>(context.Id).RollBackAsync(context.Data.NumberOf("scriptPublishVersion")!.Value, context.Data.TextOf("note"), context.Caller);
        return ApiAnswer.Of(new ScriptPublishAnswer(published.Id, published.PublishVersion, new RawJson(published.FunctionsJson)));
    }

    private async Task<string> CodeAsync(ApiContext context, ScriptRow script, string field, string name)
    {
        if (name == Draft) return script.CodeDraft ?? "";
        // Nothing, where it was never published.
        if (name == Published) return script.Code ?? "";
        return await scripts.GetCodeAsync(script.Id, int.Parse(name, CultureInfo.InvariantCulture), context.Aborted)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"{field}: {script.Id} has no version {name}, or it is no longer kept", new { field, id = script.Id });
    }

    private static string Named(ApiContext context, string field, string otherwise)
    {
        if (context.Query(field) is not { Length: > 0 } name) return otherwise;
        return name is Draft or Published || (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            ? name
            : throw Field.Refused(field, $"a version's number, {Published} or {Draft} is expected");
    }
}
