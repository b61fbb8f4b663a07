using Dff.Abstractions.Errors;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Records;

/// <summary>Finished tasks with their results.</summary>
public sealed class TaskResultRoutes(TaskMonitorRepository tasks)
{
    private const string Tag = "Records";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/data-processor-task-results/do/list", "Finished tasks and what they answered", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(DataProcessorTaskResultRow), IsList = true, Paging = Paging.ByMarker,
            Description = "Results of more than 64 KiB are left out of the list. Synchronous calls are no tasks, so execMode sync finds none.",
            Query = new(Field.String("id"), Field.String("origin"), Field.String("funcId"), Field.Enum("execMode", "sync", "async", "crontab")),
        },
        new("GET", "/api/v1/data-processor-task-results/{id}/do/get", "A finished task and what it answered", GetAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(DataProcessorTaskResultRow), Query = new(ListFields.Picking, ListFields.Kicking),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.ReadByMarker(context);
        if (query.Filters.Any(filter => filter is { Field: "execMode", Values: ["sync"] })) return ListRequest.Answer(context, query, new ListResult<DataProcessorTaskResultRow>([], 0), row => row.Seq);
        // What runs by itself is queued, too.
        query = query with { Filters = [.. query.Filters.Select(filter => filter is { Field: "execMode", Values: ["async"] } ? filter with { Values = ["async", "auto"] } : filter)] };
        return ListRequest.Answer(context, query, await tasks.ListResultsAsync(query, context.Aborted), row => row.Seq);
    }

    private async Task<ApiAnswer> GetAsync(ApiContext context)
    {
        var row = await tasks.FindResultAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("finished task", context.Id);
        return ApiAnswer.Of(ListRequest.PickedRow(context, row));
    }
}
