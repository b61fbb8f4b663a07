using Dff.Abstractions.Batches;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.Batches;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Batches;

public sealed class BatchRoutes(IGrainFactory grains, BatchRepository batches)
{
    private const string Tag = "Batches";
    private const string Prefix = "bat";

    private static readonly Field[] Changeable =
    [
        Field.Array("tagsJSON", Field.String("tag", 64)).OrNull(), Field.Boolean("showInDoc").OrNull(), Field.Boolean("isDisabled").OrNull(), Field.String("note", 65535).OrNull(),
        Field.String("apiAuthId", 64).OrNull().Saying("No API authentication exists in this version, so nothing but null is accepted"),
        Field.Integer("taskRecordLimit", 0, 10000).OrNull(),
    ];

    private static readonly Field[] FunctionFilters = [Field.String("funcId"), Field.String("func_scriptSetId"), Field.String("func_scriptId"), Field.CommaArray("func_tags")];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/batches/do/list", "Batches", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(BatchRow), IsList = true,
            Query = new(
            [
                Field.Boolean("_withTaskInfoCount").Saying("true adds taskInfoCount: how many tasks of the batch there are"),
                Field.String("id"), Field.CommaArray("tags"), Field.CommaArray("origin"), Field.String("originId"), .. FunctionFilters,
            ]),
        },
        new("POST", "/api/v1/batches/do/add", "Adds a batch of a published function", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object(
                "data",
                [
                    Field.String("id", 64).OrNull(), Field.String("funcId", 256).Required(),
                    Field.Object("funcCallKwargsJSON").Required().Saying("Argument → fixed value, or \"FROM_PARAMETER\" for one that the caller gives"),
                    Field.Enum("origin", "API", "UI"), .. Changeable,
                ]).Required()),
        },
        new("POST", "/api/v1/batches/{id}/do/modify", "Changes a batch", ModifyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object("data", [Field.String("funcId", 256), Field.Object("funcCallKwargsJSON"), .. Changeable]).Required()),
        },
        new("GET", "/api/v1/batches/{id}/do/delete", "Deletes a batch; its tasks stay", DeleteAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
        new("GET", "/api/v1/batch-task-info/do/list", "Tasks that batches have queued", ListTaskInfosAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(BatchTaskInfoRow), IsList = true,
            Query = new([Field.String("id"), Field.String("batchId"), .. FunctionFilters]),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await batches.ListAsync(query, context.Query("_withTaskInfoCount") is "true" or "1", context.Aborted));
    }

    private async Task<ApiAnswer> ListTaskInfosAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await batches.ListTaskInfosAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = context.Data.TextOf("id") is { Length: > 0 } given ? EnvVariableIds.Require(given, "data.id") : ShortId.New(Prefix);
        var change = Change(context);
        await RequireNoShadowAsync(id, context.Aborted);
        await grains.GetGrain<IBatchGrain>(id).AddAsync(change);
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        await grains.GetGrain<IBatchGrain>(context.Id).ModifyAsync(Change(context));
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await grains.GetGrain<IBatchGrain>(context.Id).DeleteAsync();
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task RequireNoShadowAsync(string id, CancellationToken cancellationToken)
    {
        if (PrefixedId.Shadow($"{Prefix}-", id) is { } other && await batches.FindAsync(other, cancellationToken) is not null)
            throw new DffException(ErrorReason.ClientDuplicated, $"data.id: {id} would hide the batch {other}", new { field = "data.id", id = other });
    }

    private static BatchChange Change(ApiContext context)
    {
        // To accept one and not ask for it would leave open what its owner believes to be closed.
        if (context.Data.TextOf("apiAuthId") is { Length: > 0 } apiAuthId)
            throw new DffException(ErrorReason.ClientNotFound, $"data.apiAuthId: no API authentication {apiAuthId}", new { field = "data.apiAuthId", id = apiAuthId });
        return new BatchChange
        {
            FuncId = context.Data.TextChange("funcId"),
            FuncCallKwargsJson = context.Data.JsonChange("funcCallKwargsJSON"),
            TagsJson = context.Data.JsonChange("tagsJSON"),
            Origin = context.Data.TextOf("origin") is { } origin ? origin : default(Change<string>),
            ShowInDoc = context.Data.FlagChange("showInDoc"),
            IsDisabled = context.Data.FlagChange("isDisabled"),
            Note = context.Data.TextChange("note"),
            TaskRecordLimit = context.Data.NumberChange("taskRecordLimit"),
        };
    }
}
