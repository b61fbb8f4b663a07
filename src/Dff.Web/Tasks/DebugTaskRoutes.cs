using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Storage;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Functions;
using Dff.Web.Users;

namespace Dff.Web.Tasks;

/// <summary>Puts tasks into queues for trying them. A task's name is the ID of a published function.</summary>
public sealed class DebugTaskRoutes(IFunctionCatalog functions, TaskResults results, IGrainFactory grains, WorkerOptions options, TimeProvider time)
{
    private const int MostTimes = 1000;
    private const int LongestDelay = 10 * 366 * 86400;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private static readonly string[] LaterFields = ["name", "kwargs", "delay", "queue", "timeout", "expires", "ignoreResult"];

    public IEnumerable<ApiRoute> All =>
    [
        new("POST", "/api/v1/debug/tasks/do/put", "Puts a task into a queue, as often as asked", PutAsync)
        {
            Tag = "Tasks", Access = Access.Session, Privilege = Privileges.GeneralWrite, Answer = typeof(IReadOnlyList<PutTask>), IsAnswerRecorded = false, WaitsByDesign = true,
            Body = new(
                Field.Boolean("waitResult").Saying("true waits for the tasks, at most 60 s, and answers how they stand"),
                Field.Integer("times", 1, MostTimes).Saying("1 by default"),
                Field.Object(
                    "task",
                    Field.String("name", 256).Required().Saying("The ID of a published function"),
                    Field.Array("args").OrNull().Saying("Empty: functions are called by the names of their arguments"),
                    Field.Json("kwargs"),
                    Field.Object(
                        "options",
                        Field.String("queue", 64).Saying("Number or name; that of the function by default"),
                        Field.String("eta", 64).Saying("Not before (ISO 8601)"),
                        Field.String("expires", 64).Saying("Not after (ISO 8601)"),
                        Field.Integer("retries", 0, 100),
                        Field.Integer("timeLimit", 1, options.MaxTimeout).Saying("Seconds it may run"),
                        Field.Integer("softTimeLimit", 1, options.MaxTimeout).Saying("The same; the shorter one counts"),
                        Field.String("origin", 128).Saying("Has no effect"),
                        Field.Integer("priority", 0, NewTask.HighestPriority),
                        Field.Json("extra").Saying("Has no effect"))).Saying("Or the fields beside it, as the later generation has them"),
                Field.String("name", 256).Saying("Instead of task: the ID of a published function"),
                Field.Json("kwargs"),
                Field.Integer("delay", 0, LongestDelay).Saying("Not before so many seconds have passed"),
                Field.Integer("queue", 0, options.QueueCount - 1).Saying("That of the function by default"),
                Field.Integer("timeout", 1, options.MaxTimeout).Saying("Seconds it may run"),
                Field.Integer("expires", 1, int.MaxValue).Saying("Seconds it may wait once it could begin"),
                Field.Boolean("ignoreResult").Saying("Has no effect: results are kept for _WORKER_RESULT_EXPIRES")),
        },
    ];

    private async Task<ApiAnswer> PutAsync(ApiContext context)
    {
        var isLater = !context.Body.TryGetProperty("task", out var task);
        if (isLater) task = context.Body;
        var name = task.TextOf("name") ?? throw Field.Refused("task", "is required, or name");
        var path = isLater ? "kwargs" : "task.kwargs";
        if (!isLater && LaterFields.FirstOrDefault(field => context.Body.TryGetProperty(field, out _)) is { } other) throw Field.Refused(other, "not together with task");
        if (task.TryGetProperty("args", out var args) && args.ValueKind == JsonValueKind.Array && args.GetArrayLength() > 0)
            throw Field.Refused("task.args", "functions are called by the names of their arguments; use task.kwargs");
        var kwargs = Kwargs.Of(task.TryGetProperty("kwargs", out var given) ? given : default, path);
        if (kwargs.Length > NewTask.LargestKwargs) throw Field.Refused(path, $"at most {NewTask.LargestKwargs} bytes are accepted");
        var function = await functions.FindAsync(name, context.Aborted) ?? throw new DffException(ErrorReason.ClientNotFound, $"No such function: {name}", new { funcId = name });
        var (queue, template) = isLater ? ReadLater(task, function, kwargs) : Read(task.TryGetProperty("options", out var said) ? said : default, function, kwargs);
        var times = context.Body.NumberOf("times") ?? 1;
        var ids = new List<string>(times);
        for (var index = 0; index < times; index++)
            ids.Add((await grains.EnqueueAsync(queue, template with { TaskId = ShortId.NewOrdered("task", time.GetUtcNow()) })).TaskId);
        return ApiAnswer.Of(context.Body.FlagOf("waitResult") == true ? await WaitAsync(ids, context.Aborted) : [.. ids.Select(id => new PutTask(id, null))]);
    }

    private (int Queue, NewTask Task) ReadLater(JsonElement said, FunctionFacts function, byte[] kwargs)
    {
        var timeout = said.NumberOf("timeout") ?? function.TimeoutSeconds ?? options.DefaultTimeout;
        return (said.NumberOf("queue") ?? function.Queue ?? options.AsyncQueue, new NewTask
        {
            TaskId = "",
            FuncId = function.Id,
            Origin = "direct",
            ExecMode = "async",
            Kwargs = kwargs,
            TimeoutSeconds = timeout,
            ExpireSeconds = said.NumberOf("expires") ?? timeout * options.TimeoutToExpireScale,
            Eta = said.NumberOf("delay") is { } delay and > 0 ? time.GetUtcNow().AddSeconds(delay) : null,
            MaxAttempts = function.MaxAttempts ?? 2,
        });
    }

    private (int Queue, NewTask Task) Read(JsonElement said, FunctionFacts function, byte[] kwargs)
    {
        var now = time.GetUtcNow();
        var limits = ((int?[])[said.NumberOf("timeLimit"), said.NumberOf("softTimeLimit")]).Min();
        var timeout = limits ?? function.TimeoutSeconds ?? options.DefaultTimeout;
        var begin = new TaskOptions { Eta = said.TextOf("eta") }.BeginTime(now, "task.options");
        var queue = said.TextOf("queue") is { } name ? QueueNames.Read(options, name, "task.options.queue") : function.Queue ?? options.AsyncQueue;
        return (queue, new NewTask
        {
            TaskId = "",
            FuncId = function.Id,
            Origin = "direct",
            ExecMode = "async",
            Kwargs = kwargs,
            TimeoutSeconds = timeout,
            ExpireSeconds = said.TextOf("expires") is { } expires ? ExpireSeconds(expires, begin ?? now) : timeout * options.TimeoutToExpireScale,
            Eta = begin,
            Priority = said.NumberOf("priority") ?? 0,
            MaxAttempts = function.MaxAttempts ?? 2,
            Retries = said.NumberOf("retries") ?? 0,
        });
    }

    /// <summary>From the moment at which it could begin.</summary>
    private static int ExpireSeconds(string expires, DateTimeOffset begin)
    {
        var seconds = Math.Ceiling((Field.ReadTime(expires, "task.options.expires") - begin).TotalSeconds);
        return seconds is > 0 and < int.MaxValue ? (int)seconds : throw Field.Refused("task.options.expires", "a moment after the one at which it could begin is expected");
    }

    private async Task<PutTask[]> WaitAsync(List<string> ids, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var answers = new PutTask[ids.Count];
        for (var index = 0; index < ids.Count; index++)
        {
            var rest = LongestWait - time.GetElapsedTime(began);
            var row = await results.FindAsync(ids[index], rest > TimeSpan.Zero ? rest : TimeSpan.Zero, cancellationToken);
            answers[index] = new PutTask(ids[index], row is null ? null : TaskResults.Answer(row, null));
        }

        return answers;
    }
}

/// <param name="Result">How it stands; null where nobody waited for it.</param>
public sealed record PutTask(string TaskId, FuncResultAnswer? Result);
