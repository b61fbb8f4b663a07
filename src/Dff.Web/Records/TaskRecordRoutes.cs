using System.Text.Json;
using Dff.Abstractions.Tasks;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Records;

/// <summary>Finished tasks by the later generation's name and fields.</summary>
public sealed class TaskRecordRoutes(TaskRecordRepository tasks)
{
    private const string Tag = "Records";
    private const string Description = "Tasks that have ended, of all queues. Synchronous calls are no tasks.";
    private const int MostCounted = 1000;

    private static readonly Field Status = Field.Enum("status", "success", "failure", "timeout", "skip");

    public IEnumerable<ApiRoute> All =>
    [
        List("/api/v1/task-records/do/list", Field.String("id"), Field.String("name").Saying("The ID of the function"), Field.Integer("queue", 0), Status),
        List(
            "/api/v1/task-records/func/do/list", Field.String("id"), Field.String("rootTaskId"), Field.String("scriptSetId"), Field.String("scriptId"), Field.String("funcId"),
            Field.String("origin"), Field.String("originId"), Field.Integer("queue", 0), Status),
        new("GET", "/api/v1/task-records/func/do/get-count", "How many finished tasks there are of each function or owner", CountAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(IReadOnlyList<TaskRecordCount>),
            Query = new(Field.Enum("groupField", "originId", "funcId").Required(), Field.CommaArray("groupIds").Required()),
        },
    ];

    private ApiRoute List(string path, params Field[] query) => new("GET", path, "Finished tasks", ListAsync)
    {
        Tag = Tag,
        Privilege = Privileges.GeneralRead,
        IsQueryStrict = true,
        Answer = typeof(TaskRecordRow),
        IsList = true,
        Description = Description,
        Query = new(query),
    };

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        query = query with { Filters = [.. query.Filters.Select(Stored)] };
        return ListRequest.Answer(context, query, await tasks.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> CountAsync(ApiContext context)
    {
        var ids = context.Query("groupIds")!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count is 0 or > MostCounted) throw Field.Refused("groupIds", $"1 to {MostCounted} IDs are expected");
        var counts = await tasks.CountAsync(context.Query("groupField")!, ids, context.Aborted);
        return ApiAnswer.Of(ids.Select(id => new TaskRecordCount(id, counts.GetValueOrDefault(id))).ToList());
    }

    /// <summary>As the store knows it.</summary>
    private static ListFilter Stored(ListFilter filter) => filter switch
    {
        { Field: "status", Values.Count: > 0 } => new ListFilter("taskStatus", RunStatus.AllOfRecord(filter.Values[0])),
        { Field: "rootTaskId", Values.Count: > 0 } => new ListFilter("root", [$"\"root\":{JsonSerializer.Serialize(filter.Values[0])}"]),
        _ => filter,
    };
}

/// <param name="Id">Of the function or the owner.</param>
public sealed record TaskRecordCount(string Id, long Count);
