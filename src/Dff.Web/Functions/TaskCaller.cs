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

    /// <param name="kwargs">UTF-8 JSON object.</param>
    /// <param name="given">The options as the caller wrote them: the content that an idempotency key belongs to.</param>
    public async Task<CallAnswer> EnqueueAsync(HttpContext http, FunctionFacts function, byte[] kwargs, CallOptions call, JsonElement given)
    {
        if (kwargs.Length > NewTask.LargestKwargs)
        {
            throw new DffException(ErrorReason.ClientBadRequest, $"kwargs: at most {NewTask.LargestKwargs} bytes are accepted of a queued call", new { field = "kwargs", limit = NewTask.LargestKwargs })
            {
                Status = StatusCodes.Status413PayloadTooLarge,
            };
        }

        var task = call.Task ?? new TaskOptions();
        var timeout = call.Timeout ?? function.TimeoutSeconds ?? options.DefaultTimeout;
        var key = task.KeyWith(http.Request.Headers.TryGetValue(KeyHeader, out var header) ? header.ToString() : null);
        var added = await grains.EnqueueAsync(function.Queue ?? options.AsyncQueue, new NewTask
        {
            TaskId = call.TaskId is { } id ? TaskOptions.RequireTaskId(id) : ShortId.New("task"),
            IsGivenId = call.TaskId is not null,
            FuncId = function.Id,
            Origin = "direct",
            ExecMode = "async",
            Kwargs = kwargs,
            HttpRequest = requests.Write(http).ToArray(),
            Returns = call.Returns,
            TimeoutSeconds = timeout,
            ExpireSeconds = task.NeverExpire ? null : timeout * options.TimeoutToExpireScale,
            Eta = task.BeginTime(time.GetUtcNow()),
            Priority = task.Priority,
            MaxAttempts = task.MaxAttempts ?? function.MaxAttempts ?? 2,
            Retries = task.Retries,
            RetryDelaySeconds = task.RetryDelaySeconds ?? 1,
            SaveResult = task.SaveResult,
            IdempotencyKey = key,
            ContentHash = key is null ? null : HashOf(function.Id, kwargs, given),
        });
        return new CallAnswer { TaskId = added.TaskId, ResultURL = $"{web.BaseUrl?.TrimEnd('/')}/api/v1/func-result?taskId={Uri.EscapeDataString(added.TaskId)}" };
    }

    private static string HashOf(string funcId, byte[] kwargs, JsonElement options)
    {
        var said = options.ValueKind == JsonValueKind.Object ? CanonicalJson.Of(Encoding.UTF8.GetBytes(options.GetRawText())) : "{}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{funcId}\n{CanonicalJson.Of(kwargs)}\n{said}")));
    }
}
