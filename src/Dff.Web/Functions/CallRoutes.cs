using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Users;

namespace Dff.Web.Functions;

/// <summary>Direct calls of published functions and of drafts.</summary>
public sealed class CallRoutes(IFunctionCatalog functions, FunctionCaller caller, TaskCaller tasks, DraftRun drafts, ResultWriter results, WorkerOptions options)
{
    private const string Tag = "Calls";
    private const int MostCalls = 1000;

    public IEnumerable<ApiRoute> All =>
    [
        new("POST", "/api/v1/func/{funcId}", "Calls a published function", CallAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Body = new(Field.Json("kwargs"), CallOptions.Describe(options)), Answer = typeof(CallAnswer), IsAnswerRecorded = false,
            Description = "With options.unfold it answers the bare result, without the envelope. With options.execMode async it answers the taskId as soon as the task is committed: "
                + "it will run at least once, and what became of it is answered by GET /api/v1/func-result.",
        },
        new("POST", "/api/v1/func-many", "Queues many calls of published functions", CallManyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(IReadOnlyList<CallAnswer>), IsAnswerRecorded = false,
            Description = "Nothing is queued where one of the calls is wrong. Where a queue has no room for all of them, the error's detail.taskIds names those that it has taken, null for the others.",
            Body = new((Field.Array(
                "calls", Field.Object("call", Field.String("funcId", 256).Required(), Field.Json("kwargs"), CallOptions.Describe(options))) with { MinLength = 1, MaxLength = MostCalls }).Required()),
        },
        new("POST", "/api/v1/func-draft/{funcId}", "Runs a function of a draft; with a script ID alone it only loads the draft", drafts.RunAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Body = new(Field.Json("kwargs"), CallOptions.Describe(options)),
            Answer = typeof(DraftAnswer), IsAnswerRecorded = false,
        },
    ];

    private async Task<ApiAnswer> CallAsync(ApiContext context)
    {
        var funcId = context.RouteValue("funcId");
        var options = context.Body.TryGetProperty("options", out var given) ? given : default;
        var call = CallOptions.Read(options);
        var function = await functions.FindAsync(funcId, context.Aborted)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"No such function: {funcId}", new { funcId });
        var kwargs = Kwargs.Of(context.Body.TryGetProperty("kwargs", out var arguments) ? arguments : default);
        return call.IsAsync
            ? ApiAnswer.Of(await tasks.EnqueueAsync(context.Http, function, kwargs, call, options))
            : results.Answer(await caller.CallAsync(context.Http, function, kwargs, call, "direct", null), call, unfoldsByDefault: false);
    }

    private async Task<ApiAnswer> CallManyAsync(ApiContext context)
    {
        var prepared = new List<(int Queue, NewTask Task)>();
        foreach (var (index, given) in context.Body.GetProperty("calls").EnumerateArray().Index())
        {
            var funcId = given.TextOf("funcId")!;
            var function = await functions.FindAsync(funcId, context.Aborted)
                ?? throw new DffException(ErrorReason.ClientNotFound, $"calls[{index}].funcId: no such function: {funcId}", new { field = $"calls[{index}].funcId", funcId });
            var options = given.TryGetProperty("options", out var said) ? said : default;
            var call = CallOptions.Read(options);
            call.RequireAsynchronous($"calls[{index}].options.execMode: these calls are queued");
            var kwargs = Kwargs.Of(given.TryGetProperty("kwargs", out var arguments) ? arguments : default, $"calls[{index}].kwargs");
            prepared.Add(tasks.Prepare(context.Http, function, kwargs, call, options));
        }

        var queued = prepared.Select(tasks.EnqueueAsync).ToList();
        await Task.WhenAll(queued).ContinueWith(_ => { }, TaskScheduler.Default);
        if (queued.Find(task => !task.IsCompletedSuccessfully) is not { } failed) return ApiAnswer.Of(queued.Select(task => task.Result).ToList());
        var taken = queued.Select(task => task.IsCompletedSuccessfully ? task.Result.TaskId : null).ToList();
        var error = failed.Exception?.InnerException;
        throw new DffException((error as DffException)?.Reason ?? ErrorReason.Sys, $"calls[{queued.IndexOf(failed)}]: {(error as DffException)?.Message ?? "the queue does not answer; try again"}", new { index = queued.IndexOf(failed), taskIds = taken });
    }
}

/// <summary>Arguments of a call.</summary>
internal static class Kwargs
{
    /// <returns>UTF-8 JSON object.</returns>
    public static byte[] Of(JsonElement kwargs, string field = "kwargs") => kwargs.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "{}"u8.ToArray(),
        JsonValueKind.Object => System.Text.Encoding.UTF8.GetBytes(kwargs.GetRawText()),
        _ => throw Field.Refused(field, "an object of argument to value is expected"),
    };
}
