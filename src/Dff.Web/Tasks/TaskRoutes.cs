using System.Globalization;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;
using Dff.Storage.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Functions;
using Dff.Web.Users;

namespace Dff.Web.Tasks;

/// <summary>Queued tasks and their queues.</summary>
public sealed class TaskRoutes(TaskResults results, IGrainFactory grains, WorkerOptions options)
{
    private const string Tag = "Tasks";
    private const int LongestWait = 60;

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/func-result", "What became of a queued task, and its result", GetResultAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(FuncResultAnswer), WaitsByDesign = true,
            Query = new(
                Field.String("taskId", 64).Required(),
                Field.Enum("returnType", "ALL", "raw", "repr", "jsonDumps").Saying("A form that the call asked for (options.returnType); by default that one"),
                Field.Boolean("unfold").Saying("true answers the bare result of a task that succeeded, and the error of one that did not"),
                Field.Integer("wait", 0, LongestWait).Saying("Seconds to wait for the end of the task; then it is answered as it is")),
        },
        new("POST", "/api/v1/tasks/{id}/do/cancel", "Ends a task that has not finished; one that runs is killed", CancelAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Body = FieldSet.None, Answer = typeof(TaskCancelled),
        },
        new("GET", "/api/v1/worker-queues/do/list", "The queues and how many tasks they hold", ListQueuesAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(IReadOnlyList<WorkerQueueAnswer>),
        },
        new("POST", "/api/v1/worker-queues/{queue}/do/pause", "The queue accepts tasks and begins none; those that run go on", context => SetPausedAsync(context, true))
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Body = FieldSet.None, Answer = typeof(WorkerQueueAnswer),
        },
        new("POST", "/api/v1/worker-queues/{queue}/do/resume", "The queue begins tasks again", context => SetPausedAsync(context, false))
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Body = FieldSet.None, Answer = typeof(WorkerQueueAnswer),
        },
        new("POST", "/api/v1/monitor/worker-queues/do/clear", "Cancels all tasks that wait in these queues", ClearAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(WorkerQueuesCleared),
            Body = new(Field.Array("workerQueues", Field.String("queue", 64, 1)).Required().Saying("Numbers of queues or their names, as texts")),
        },
    ];

    private async Task<ApiAnswer> GetResultAsync(ApiContext context)
    {
        var taskId = context.Query("taskId")!;
        var wait = int.TryParse(context.Query("wait"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
        var row = await results.FindAsync(taskId, TimeSpan.FromSeconds(wait), context.Aborted) ?? throw Unknown(taskId);
        var returnType = context.Query("returnType");
        var form = TaskResults.FormOf(row, returnType);
        if (!context.Flag("unfold") || !row.IsFinished) return ApiAnswer.Of(TaskResults.Answer(row, returnType));
        if (row.Status != RunStatus.Success) throw Failure(row);
        var outcome = TaskResults.Outcome(row)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"The result of task {taskId} is not kept any longer", new { taskId });
        return RawResult.Answer(new CallResult(outcome, IsCached: false), CallOptions.Of(form), unfoldsByDefault: true);
    }

    private async Task<ApiAnswer> CancelAsync(ApiContext context)
    {
        var row = await results.FindAsync(context.Id, TimeSpan.Zero, context.Aborted) ?? throw Unknown(context.Id);
        if (row.IsFinished || !await grains.GetGrain<IQueueGrain>(row.Queue).CancelAsync(row.Id))
            throw DffException.Condition("TaskFinished", $"Task {row.Id} has finished already", new { id = row.Id });
        return ApiAnswer.Of(new TaskCancelled(row.Id));
    }

    private async Task<ApiAnswer> ListQueuesAsync(ApiContext context) =>
        ApiAnswer.Of(await Task.WhenAll(Enumerable.Range(0, options.QueueCount).Select(queue => ReportAsync(grains.GetGrain<IQueueGrain>(queue)))));

    private async Task<ApiAnswer> SetPausedAsync(ApiContext context, bool isPaused)
    {
        var grain = grains.GetGrain<IQueueGrain>(QueueOf(context.RouteValue("queue"), "queue"));
        await grain.SetPausedAsync(isPaused);
        return ApiAnswer.Of(await ReportAsync(grain));
    }

    private async Task<ApiAnswer> ClearAsync(ApiContext context)
    {
        var queues = context.Body.GetProperty("workerQueues").EnumerateArray().Select((name, index) => QueueOf(name.GetString()!, $"workerQueues[{index}]")).Distinct().ToList();
        var counts = await Task.WhenAll(queues.Select(queue => grains.GetGrain<IQueueGrain>(queue).ClearAsync()));
        return ApiAnswer.Of(new WorkerQueuesCleared(counts.Sum()));
    }

    private static async Task<WorkerQueueAnswer> ReportAsync(IQueueGrain grain) => WorkerQueueAnswer.Of(await grain.GetReportAsync());

    private int QueueOf(string name, string field) => QueueNames.Read(options, name, field);

    private static DffException Unknown(string taskId) => DffException.NotFound("task", taskId);

    private static DffException Failure(TaskRow row) => new(
        row.Status == RunStatus.Timeout ? ErrorReason.FuncTimeout : ErrorReason.FuncFailed,
        row.EinfoTEXT ?? $"The task ended as {row.Status}",
        new { id = row.Id, taskStatus = row.Status, etype = row.ErrorType, einfoTEXT = row.EinfoTEXT });
}
