using Dff.Abstractions.Caching;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Storage.EnvVariables;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.EnvVariables;

public sealed class EnvVariableRoutes(EnvVariableRepository variables, IChangeFeed changes)
{
    private const string Tag = "Env variables";

    private static readonly Field[] Changeable =
    [
        Field.String("title", 256).OrNull(), Field.String("description", 65535).OrNull(), Field.String("valueTEXT"),
        Field.Enum("autoTypeCasting", [.. EnvVariableValues.Types]), Field.Boolean("isPinned").OrNull(),
    ];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/env-variables/do/list", "Env variables", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(EnvVariableRow), IsList = true, Query = new(Field.String("id")),
        },
        new("POST", "/api/v1/env-variables/do/add", "Adds an env variable", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", [Field.String("id", 64).Required(), .. Changeable]).Required()),
        },
        new("POST", "/api/v1/env-variables/{id}/do/modify", "Changes an env variable; the next call of every function sees it", ModifyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", Changeable).Required()),
        },
        new("GET", "/api/v1/env-variables/{id}/do/delete", "Deletes an env variable", DeleteAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await variables.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = EnvVariableIds.Require(context.Data.TextOf("id")!, "data.id");
        var change = Change(context);
        EnvVariableValues.Require(change.AutoTypeCasting ?? "string", change.ValueTEXT ?? "", "data.valueTEXT");
        try
        {
            await changes.AnnounceAsync(await variables.AddAsync(id, change, context.Aborted), context.Aborted);
        }
        catch (DuplicateKeyException)
        {
            throw DffException.Condition("DuplicatedEnvVariableID", $"There is an env variable {id} already", new { id });
        }

        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        var before = await variables.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("env variable", context.Id);
        var change = Change(context);
        EnvVariableValues.Require(change.AutoTypeCasting ?? before.AutoTypeCasting, change.ValueTEXT ?? before.ValueTEXT, "data.valueTEXT");
        var sequence = await variables.ModifyAsync(context.Id, change, context.Aborted) ?? throw DffException.NotFound("env variable", context.Id);
        await changes.AnnounceAsync(sequence, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        var sequence = await variables.DeleteAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("env variable", context.Id);
        await changes.AnnounceAsync(sequence, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private static EnvVariableChange Change(ApiContext context) => new()
    {
        Title = context.Data.TextOf("title"),
        Description = context.Data.TextOf("description"),
        ValueTEXT = context.Data.TextOf("valueTEXT"),
        AutoTypeCasting = context.Data.TextOf("autoTypeCasting"),
        IsPinned = context.Data.FlagOf("isPinned"),
    };
}
