using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Storage;
using Dff.Web.Api;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Functions;

/// <summary>Puts calls into their queue.</summary>
public sealed class TaskCaller(IGrainFactory grains, WorkerOptions options, WebOptions web, HttpRequestContext requests, TimeProvider time)
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>A direct call.</summary>
    /// <param name="kwargs">UTF-8 JSON object.</param>
    /// <param name="given">The options as the caller wrote them: the content that an idempotency key belongs to.</param>
    public Task<CallAnswer> EnqueueAsync(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, JsonElement given) =>
        EnqueueAsync(Prepare(http, function, kwargs, call, given));

    /// <returns>The ID of the task, which is committed.</returns>
    public async Task<string> EnqueueAsync(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, JsonElement given, TaskOrigin origin)
    {
        var (queue, task) = Prepare(http, function, kwargs, call, given, origin);
        return (await grains.EnqueueAsync(queue, task)).TaskId;
    }

    /// <summary>Queues direct calls that have been prepared.</summary>
    public async Task<CallAnswer> EnqueueAsync((int Queue, NewTask Task) prepared)
    {
        var taskId = (await grains.EnqueueAsync(prepared.Queue, prepared.Task)).TaskId;
        return new CallAnswer { TaskId = taskId, ResultURL = ResultUrl(taskId) };
    }

    /// <summary>A direct call, ready to be queued.</summary>
    public (int Queue, NewTask Task) Prepare(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, JsonElement given) =>
        Prepare(http, function, kwargs, call, given, new TaskOrigin("direct", null, options.DefaultTimeout, options.TimeoutToExpireScale));

    private (int Queue, NewTask Task) Prepare(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, JsonElement given, TaskOrigin origin)
    {
        if (kwargs.Length > NewTask.LargestKwargs)
        {
            throw new DffException(ErrorReason.ClientBadRequest, $"kwargs: at most {NewTask.LargestKwargs} bytes are accepted of a queued call", new { field = "kwargs", limit = NewTask.LargestKwargs })
            {
                Status = StatusCodes.Status413PayloadTooLarge,
            };
        }

        var task = call.Task ?? new TaskOptions();
        var timeout = call.Timeout ?? function.TimeoutSeconds ?? origin.TimeoutSeconds;
        var key = task.KeyWith(http.Request.Headers.TryGetValue(KeyHeader, out var header) ? header.ToString() : null);
        return (function.Queue ?? options.AsyncQueue, new NewTask
        {
            TaskId = call.TaskId is { } id ? TaskOptions.RequireTaskId(id) : ShortId.NewOrdered("task", time.GetUtcNow()),
            IsGivenId = call.TaskId is not null,
            FuncId = function.Id,
            Origin = origin.Name,
            OriginId = origin.Id,
            ExecMode = "async",
            Kwargs = kwargs,
            HttpRequest = requests.Write(http).ToArray(),
            Returns = call.Returns,
            TimeoutSeconds = timeout,
            ExpireSeconds = task.NeverExpire ? null : timeout * origin.ExpireScale,
            Eta = task.BeginTime(time.GetUtcNow()),
            Priority = task.Priority,
            MaxAttempts = task.MaxAttempts ?? function.MaxAttempts ?? 2,
            Retries = task.Retries,
            RetryDelaySeconds = task.RetryDelaySeconds ?? 1,
            SaveResult = task.SaveResult,
            IdempotencyKey = key,
            ContentHash = key is null ? null : HashOf(origin, function.Id, kwargs, given),
        });
    }

    public string ResultUrl(string taskId) => $"{web.BaseUrl?.TrimEnd('/')}/api/v1/func-result?taskId={Uri.EscapeDataString(taskId)}";

    private static string HashOf(TaskOrigin origin, string funcId, byte[] kwargs, JsonElement options)
    {
        var said = options.ValueKind == JsonValueKind.Object ? CanonicalJson.Of(Encoding.UTF8.GetBytes(options.GetRawText())) : "{}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{origin.Name}\n{origin.Id}\n{funcId}\n{CanonicalJson.Of(kwargs)}\n{said}")));
    }
}
