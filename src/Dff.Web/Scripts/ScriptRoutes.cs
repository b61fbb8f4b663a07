using System.Text;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.Scripts;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Scripts;

public sealed class ScriptRoutes(IGrainFactory grains, ScriptRepository scripts, DraftParser parser)
{
    private const string Tag = "Scripts";

    private static readonly Field[] Changeable =
    [
        Field.String("title", 256).OrNull(), Field.String("description", 65535).OrNull(), Field.String("codeDraft"),
        Field.String("codeDraftBase64").Saying("The same as Base64 of UTF-8"),
    ];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/scripts/do/list", "Scripts; with their code where it is asked for", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(ScriptRow), IsList = true,
            Query = new(Field.String("id"), Field.String("scriptSetId"), Field.String("scriptName"), Field.Boolean("_withCode"), Field.Boolean("_withCodeDraft")),
        },
        new("GET", "/api/v1/scripts/{id}/do/get", "A script with its draft and its published code", GetAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ScriptRow),
        },
        new("POST", "/api/v1/scripts/do/add", "Adds a script to a script set", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ScriptChangeAnswer),
            Body = new(Field.Object("data", [Field.String("id", 128, 1).Required(), .. Changeable]).Required()),
        },
        new("POST", "/api/v1/scripts/{id}/do/modify", "Changes a script's draft, locks or unlocks it", ModifyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ScriptChangeAnswer),
            Body = new(
                Field.String("prevCodeDraftMD5", 64).OrNull().Saying("The draft that the change was made from; another one refuses the change"),
                Field.Object("data", [.. Changeable, Field.Boolean("isLocked").OrNull()]).Required()),
        },
        new("GET", "/api/v1/scripts/{id}/do/delete", "Deletes a script", DeleteAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
        new("POST", "/api/v1/scripts/{id}/do/publish", "Checks the draft and makes it the running code on every node", PublishAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ScriptPublishAnswer),
            Body = new(
                Field.Boolean("force").Saying("Publishes a draft that is published already"),
                Field.Boolean("wait").Saying("Accepted; the answer always waits until every node serves the new code"),
                Field.Object("data", Field.String("note", 65535).OrNull())),
        },
        new("POST", "/api/v1/scripts/do/parse", "What Python says of a source, without running it: syntax errors, warnings, and its functions where they are asked for", ParseAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(ParsedDraft), ChangesNothing = true,
            Body = new(Field.String("code").Required(), Field.Boolean("withFunctions")),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        // A client of 1.0 knows no _withCode, and picks the field.
        var (withCode, withDraft) = (context.Flag("_withCode") || ListRequest.Picks(context, "code"), context.Flag("_withCodeDraft") || ListRequest.Picks(context, "codeDraft"));
        var result = await scripts.ListAsync(query, withCode || withDraft, context.Aborted);
        if (withCode != withDraft)
            result = result with { Rows = [.. result.Rows.Select(row => withCode ? row with { CodeDraft = null } : row with { Code = null })] };
        return ListRequest.Answer(context, query, result);
    }

    private async Task<ApiAnswer> GetAsync(ApiContext context) =>
        ApiAnswer.Of(await scripts.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("script", context.Id));

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = context.Data.TextOf("id")!;
        var set = ScriptIds.RequireScriptId(id, "data.id");
        var added = await grains.GetGrain<IScriptSetGrain>(set).AddScriptAsync(id, Change(context), context.Caller);
        return ApiAnswer.Of(new ScriptChangeAnswer(added.Id, added.CodeDraftMd5));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        var modified = await Grain(context).ModifyAsync(Change(context) with { PreviousDraftMd5 = context.Body.TextOf("prevCodeDraftMD5") }, context.Caller);
        return ApiAnswer.Of(new ScriptChangeAnswer(modified.Id, modified.CodeDraftMd5));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await Grain(context).DeleteAsync(context.Caller);
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> PublishAsync(ApiContext context)
    {
        var note = context.Body.TryGetProperty("data", out var data) ? data.TextOf("note") : null;
        var published = await Grain(context).PublishAsync(context.Body.FlagOf("force") ?? false, note, context.Caller);
        return ApiAnswer.Of(new ScriptPublishAnswer(published.Id, published.PublishVersion, new RawJson(published.FunctionsJson)));
    }

    private async Task<ApiAnswer> ParseAsync(ApiContext context) =>
        ApiAnswer.OfJson(await parser.ParseAsync(context.Body.TextOf("code")!, context.Body.FlagOf("withFunctions") ?? false));

    private IScriptGrain Grain(ApiContext context)
    {
        ScriptIds.RequireScriptId(context.Id, "id");
        return grains.GetGrain<IScriptGrain>(context.Id);
    }

    private static ScriptChange Change(ApiContext context) => new()
    {
        Title = context.Data.TextChange("title"),
        Description = context.Data.TextChange("description"),
        CodeDraft = Draft(context),
        IsLocked = context.Data.FlagChange("isLocked"),
    };

    private static Change<string> Draft(ApiContext context)
    {
        if (context.Data.TextOf("codeDraft") is { } text) return text;
        if (context.Data.TextOf("codeDraftBase64") is not { } base64) return default;
        try
        {
            var draft = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(base64));
            Field.String("codeDraftBase64").CheckText(draft, "data.codeDraftBase64");
            return draft;
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            throw DffException.BadRequest("data.codeDraftBase64", "data.codeDraftBase64: Base64 of UTF-8 text is expected");
        }
    }
}
