using Dff.Abstractions.Batches;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.ManyJobs;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.Batches;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.ManyJobs;
using Dff.Web.Users;

namespace Dff.Web.Batches;

/// <summary>Batches, which the later generation calls async APIs: the same records under both names.</summary>
public sealed class BatchRoutes(IGrainFactory grains, BatchRepository batches, ManyChanges many)
{
    private const string Prefix = "bat";

    public IEnumerable<ApiRoute> All => [.. Of("batches", "Batches", "batch", "batches"), .. Of("async-apis", "Async APIs", "async API", "async APIs"), TaskInfos];

    private ApiRoute TaskInfos => new("GET", "/api/v1/batch-task-info/do/list", "Tasks that batches have queued", ListTaskInfosAsync)
    {
        Tag = "Batches",
        Privilege = Privileges.GeneralRead,
        IsQueryStrict = true,
        Answer = typeof(BatchTaskInfoRow),
        IsList = true,
        Query = new(
            Field.String("id"), Field.String("batchId"), Field.String("funcId"), Field.String("func_scriptSetId"), Field.String("func_scriptId"), Field.CommaArray("func_tags")),
    };

    private IEnumerable<ApiRoute> Of(string path, string tag, string what, string plural)
    {
        var one = what.StartsWith('a') ? $"an {what}" : $"a {what}";
        return
        [
            new("GET", $"/api/v1/{path}/do/list", tag, ListAsync) { Tag = tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(BatchRow), IsList = true, Query = new([BatchFields.WithCount, .. BatchFields.Filters]) },
            new("POST", $"/api/v1/{path}/do/add", $"Adds {one} of a published function", AddAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", BatchFields.New).Required()),
            },
            new("POST", $"/api/v1/{path}/{{id}}/do/modify", $"Changes {one}", ModifyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", BatchFields.Changed).Required()),
            },
            new("GET", $"/api/v1/{path}/{{id}}/do/delete", $"Deletes {one}; its tasks stay", DeleteAsync) { Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
            new("POST", $"/api/v1/{path}/do/add-many", $"Adds many {plural}", AddManyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ManyAnswer), Body = ManyChanges.ArrayOf(BatchFields.New), Description = ManyChanges.Promise,
            },
            new("POST", $"/api/v1/{path}/do/modify-many", $"Changes all {plural} that the query names", ModifyManyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, IsQueryStrict = true, Answer = typeof(ManyAnswer), Query = new(BatchFields.Filters),
                Body = new(Field.Object("data", BatchFields.Changed).Required()), Description = ManyChanges.Promise,
            },
            new("GET", $"/api/v1/{path}/do/delete-many", $"Deletes all {plural} that the query names", DeleteManyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, IsQueryStrict = true, Answer = typeof(ManyAnswer), Query = new(BatchFields.Filters), Description = ManyChanges.Promise,
            },
        ];
    }

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        await many.MarkAsync(context, ManyJobKind.Batch);
        return ListRequest.Answer(context, query, await batches.ListAsync(query, context.Flag("_withTaskInfoCount"), context.Aborted));
    }

    private async Task<ApiAnswer> ListTaskInfosAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await batches.ListTaskInfosAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = IdOf(context.Data.TextOf("id"), "data.id");
        await RequireNoShadowAsync(id, "data.id", context.Aborted);
        await grains.GetGrain<IBatchGrain>(id).AddAsync(BatchFields.Read(context.Data));
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        await grains.GetGrain<IBatchGrain>(context.Id).ModifyAsync(BatchFields.Read(context.Data));
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await grains.GetGrain<IBatchGrain>(context.Id).DeleteAsync();
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> AddManyAsync(ApiContext context)
    {
        var steps = new List<ManyStep>();
        foreach (var (index, data) in context.Data.EnumerateArray().Index())
        {
            var id = IdOf(data.TextOf("id"), $"data[{index}].id");
            await RequireNoShadowAsync(id, $"data[{index}].id", context.Aborted);
            steps.Add(new ManyStep(id, BatchFields.Read(data)));
        }

        ManyChanges.RequireApart([.. steps.Select(step => step.Id)], $"{Prefix}-");
        return await RunManyAsync(ManyOperation.Add, steps);
    }

    private async Task<ApiAnswer> ModifyManyAsync(ApiContext context)
    {
        var change = BatchFields.Read(context.Data);
        return await RunManyAsync(ManyOperation.Modify, [.. (await MatchingAsync(context)).Select(id => new ManyStep(id, change))]);
    }

    private async Task<ApiAnswer> DeleteManyAsync(ApiContext context) =>
        await RunManyAsync(ManyOperation.Delete, [.. (await MatchingAsync(context)).Select(id => new ManyStep(id, null))]);

    private async Task<ApiAnswer> RunManyAsync(ManyOperation operation, IReadOnlyList<ManyStep> steps)
    {
        var running = many.RunAsync(ManyJobKind.Batch, operation, steps);
        await DataErrors.NamingAsync(running);
        return await running;
    }

    private async Task<IEnumerable<string>> MatchingAsync(ApiContext context)
    {
        ManyChanges.RequireFilter(context);
        return (await batches.ListAsync(ListRequest.Read(context, isPaged: false), withTaskInfoCount: false, context.Aborted)).Rows.Select(row => row.Id);
    }

    private static string IdOf(string? given, string field) => string.IsNullOrEmpty(given) ? ShortId.New(Prefix) : EnvVariableIds.Require(given, field);

    private async Task RequireNoShadowAsync(string id, string field, CancellationToken cancellationToken)
    {
        if (PrefixedId.Shadow($"{Prefix}-", id) is { } other && await batches.FindAsync(other, cancellationToken) is not null)
            throw new DffException(ErrorReason.ClientDuplicated, $"{field}: {id} would hide the batch {other}", new { field, id = other });
    }
}
