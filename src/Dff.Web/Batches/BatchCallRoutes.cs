using Dff.Abstractions.Batches;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Dff.Web.ApiAuths;
using Dff.Web.Contracts;
using Dff.Web.Functions;

namespace Dff.Web.Batches;

/// <summary>Calls through batches, in the forms of <see cref="CallForms"/>: each is queued and answered when its task is committed.</summary>
public sealed class BatchCallRoutes(IBatchCache batches, IFunctionCatalog functions, TaskCaller tasks, ApiAuthCheck auth, CallForms forms, WorkerOptions options)
{
    private const string Description =
        "It answers the taskId as soon as the task is committed: it will run at least once. What became of it stands in the batch's task infos; its result is at resultURL, which is answered "
        + "with options.saveResult. It may run for options.timeout, else for the time that its function says, else for _FUNC_TASK_DEFAULT_BATCH_TIMEOUT.";

    public IEnumerable<ApiRoute> All => [.. Of("/api/v1/bat/{id}", "Batch calls"), .. Of("/api/v1/async/{id}", "Async API calls")];

    private IEnumerable<ApiRoute> Of(string path, string tag) =>
        forms.Of(path, "Queues a call of a function", keepsFiles: true, AdmitFilesAsync, CallAsync)
            .Select(route => route with { Tag = tag, Answer = typeof(BatchCallAnswer), Description = $"{Description} {route.Description}".TrimEnd() });

    private async Task<ApiAnswer> CallAsync(ApiContext context, GivenCall call)
    {
        call.Options.RequireAsynchronous("options.execMode: batches are called asynchronously; use an auth link");
        var batch = await RequireAsync(context);
        call = await auth.RequireAsync(context, batch.ApiAuthId, call, batch.Kwargs.Names);
        var function = await functions.FindAsync(batch.FuncId, context.Aborted)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"The function of this batch is not published: {batch.FuncId}", new { funcId = batch.FuncId });
        var kwargs = batch.Kwargs.Merge(call.Kwargs, "batch", batch.FuncId);
        var origin = new TaskOrigin("batch", batch.Id, options.BatchTimeout, options.BatchTimeoutToExpireScale);
        var taskId = await tasks.EnqueueAsync(context.Http, function, kwargs, call.Options, call.OptionsJson, origin);
        return ApiAnswer.Of(new BatchCallAnswer(taskId) { ResultURL = call.Options.Task?.SaveResult == true ? tasks.ResultUrl(taskId) : null });
    }

    private async Task<BatchFacts> RequireAsync(ApiContext context)
    {
        var batch = await batches.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("batch", context.Id);
        return batch.IsDisabled ? throw DffException.Condition("BatchDisabled", "This batch has been disabled") : batch;
    }

    private async Task<bool> AdmitFilesAsync(ApiContext context)
    {
        var batch = await RequireAsync(context);
        await auth.RequireBeforeBodyAsync(context, batch.ApiAuthId);
        return batch.Kwargs.Takes("files");
    }
}
