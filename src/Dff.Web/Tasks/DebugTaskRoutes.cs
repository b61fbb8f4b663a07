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
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

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
                        Field.Json("extra").Saying("Has no effect"))).Required()),
        },
    ];

    private async Task<ApiAnswer> PutAsync(ApiContext context)
    {
        var task = context.Body.GetProperty("task");
        var name = task.TextOf("name")!;
        if (task.TryGetProperty("args", out var args) && args.ValueKind == JsonValueKind.Array && args.GetArrayLength() > 0)
            throw Field.Refused("task.args", "functions are called by the names of their arguments; use task.kwargs");
        var kwargs = Kwargs.Of(task.TryGetProperty("kwargs", out var given) ? given : default);
        if (kwargs.Length > NewTask.LargestKwargs) throw Field.Refused("task.kwargs", $"at most {NewTask.LargestKwargs} bytes are accepted");
        var function = await functions.FindAsync(name, context.Aborted) ?? throw new DffException(ErrorReason.ClientNotFound, $"No such function: {name}", new { funcId = name });
        var (queue, template) = Read(task.TryGetProperty("options", out var said) ? said : default, function, kwargs);
        var times = context.Body.NumberOf("times") ?? 1;
        var ids = new List<string>(times);
        for (var index = 0; index < times; index++)
            ids.Add((await grains.EnqueueAsync(queue, template with { TaskId = ShortId.NewOrdered("task", time.GetUtcNow()) })).TaskId);
        return ApiAnswer.Of(context.Body.FlagOf("waitResult") == true ? await WaitAsync(ids, context.Aborted) : [.. ids.Select(id => new PutTask(id, null))]);
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
            answers[index] = new PutTask(ids[index], row is null ? null : await results.AnswerAsync(row, null, cancellationToken));
        }

        return answers;
    }
}

/// <param name="Result">How it stands; null where nobody waited for it.</param>
public sealed record PutTask(string TaskId, FuncResultAnswer? Result);
