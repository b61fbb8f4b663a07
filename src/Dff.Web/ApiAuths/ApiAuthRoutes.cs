using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Storage;
using Dff.Storage.ApiAuths;
using Dff.Storage.Lists;
using Dff.Storage.Secrets;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.ApiAuths;

/// <summary>How callers of auth links and batches prove who they are. Secrets go in and never come out.</summary>
public sealed class ApiAuthRoutes(ApiAuthRepository auths, SecretBox box, IFunctionCatalog functions, IChangeFeed changes)
{
    private const string Tag = "API authentication";
    private const string Prefix = "aath";

    private static readonly Field[] Labels = [Field.String("title", 256).OrNull(), Field.String("name", 256).OrNull().Saying("The same as title"), Field.String("note", 65535).OrNull()];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/api-auth/do/list", "Ways in which callers prove who they are, without their secrets", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(ApiAuthRow), IsList = true,
            Query = new(Field.CommaArray("id"), Field.CommaArray("type"), Field.String("title"), Field.String("name"), Field.String("note")),
        },
        new("POST", "/api/v1/api-auth/do/add", "Adds one; auth links and batches ask for it by their apiAuthId", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), HidesValues = true,
            Body = new(Field.Object("data", [Field.Enum("type", ApiAuthConfig.Types).Required(), ApiAuthConfig.Describe(needsPasswords: true).Required(), .. Labels]).Required()),
        },
        new("POST", "/api/v1/api-auth/{id}/do/modify", "Changes one; in force on every node when it answers", ModifyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), HidesValues = true,
            Body = new(Field.Object("data", [ApiAuthConfig.Describe(needsPasswords: false), .. Labels]).Required()),
            Description = "configJSON replaces what was; a user who is named without a password keeps theirs.",
        },
        new("GET", "/api/v1/api-auth/{id}/do/delete", "Deletes one that nothing asks for", DeleteAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        var result = await auths.ListAsync(query, context.Aborted);
        return ListRequest.Answer(context, query, new ListResult<ApiAuthRow>([.. result.Rows.Select(row => row with { ConfigJSON = Open(row).WithoutSecrets() })], result.TotalCount));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var (id, type) = (ShortId.New(Prefix), context.Data.TextOf("type")!);
        var config = ApiAuthConfig.Read(type, context.Data.GetProperty("configJSON"), before: null);
        await RequireFunctionAsync(config, context.Aborted);
        var row = new ApiAuthRow { Id = id, Type = type, Title = TitleOf(context, null), Note = context.Data.TextOf("note"), SealedConfig = box.Seal(config.ToJson(), ApiAuthRow.PlaceOf(id)) };
        await changes.AnnounceAsync(await auths.AddAsync(row, context.Aborted), context.Aborted);
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        var row = await auths.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("API authentication", context.Id);
        var config = Open(row);
        if (context.Data.TryGetProperty("configJSON", out var given))
        {
            config = ApiAuthConfig.Read(row.Type, given, config);
            await RequireFunctionAsync(config, context.Aborted);
        }

        var changed = row with { Title = TitleOf(context, row.Title), Note = context.Data.TextChange("note").Or(row.Note), SealedConfig = box.Seal(config.ToJson(), ApiAuthRow.PlaceOf(row.Id)) };
        await AnnounceAsync(context, await auths.ModifyAsync(changed, context.Aborted));
        return ApiAnswer.Of(new IdAnswer(row.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        if (await auths.GetUsersAsync(context.Id, context.Aborted) is { Count: > 0 } users)
            throw DffException.Condition("APIAuthInUse", $"It is asked for by {string.Join(", ", users)}; give these another one, or none, first", new { ids = users });
        await AnnounceAsync(context, await auths.DeleteAsync(context.Id, context.Aborted));
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task AnnounceAsync(ApiContext context, long? sequence) =>
        await changes.AnnounceAsync(sequence ?? throw DffException.NotFound("API authentication", context.Id), context.Aborted);

    private ApiAuthConfig Open(ApiAuthRow row) => ApiAuthConfig.Parse(box.Open(row.SealedConfig, ApiAuthRow.PlaceOf(row.Id)));

    private async Task RequireFunctionAsync(ApiAuthConfig config, CancellationToken cancellationToken)
    {
        if (config.FuncId is { } funcId && await functions.FindAsync(funcId, cancellationToken) is null)
            throw new DffException(ErrorReason.ClientNotFound, $"data.configJSON.funcId: no published function {funcId}", new { field = "data.configJSON.funcId", funcId });
    }

    private static string? TitleOf(ApiContext context, string? before) =>
        context.Data.TextChange("title") is { IsSet: true } title ? title.Value : context.Data.TextChange("name").Or(before);
}
