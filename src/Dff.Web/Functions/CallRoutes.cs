using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Users;

namespace Dff.Web.Functions;

/// <summary>Direct calls of published functions and of drafts.</summary>
public sealed class CallRoutes(IFunctionCatalog functions, FunctionCaller caller, TaskCaller tasks, DraftRun drafts, WorkerOptions options)
{
    private const string Tag = "Calls";

    public IEnumerable<ApiRoute> All =>
    [
        new("POST", "/api/v1/func/{funcId}", "Calls a published function", CallAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, Body = new(Field.Json("kwargs"), CallOptions.Describe(options)), Answer = typeof(CallAnswer), IsAnswerRecorded = false,
            Description = "With options.unfold it answers the bare result, without the envelope. With options.execMode async it answers the taskId as soon as the task is committed: "
                + "it will run at least once, and what became of it is answered by GET /api/v1/func-result.",
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
            : RawResult.Answer(await caller.CallAsync(context.Http, function, kwargs, call, "direct", null), call, unfoldsByDefault: false);
    }
}

/// <summary>Arguments of a call.</summary>
internal static class Kwargs
{
    /// <returns>UTF-8 JSON object.</returns>
    public static byte[] Of(JsonElement kwargs) => kwargs.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "{}"u8.ToArray(),
        JsonValueKind.Object => System.Text.Encoding.UTF8.GetBytes(kwargs.GetRawText()),
        _ => throw Field.Refused("kwargs", "an object of argument to value is expected"),
    };
}
