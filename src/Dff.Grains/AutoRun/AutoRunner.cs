using Dff.Abstractions.Configuration;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Tasks;
using Dff.Grains.Scripts;
using Dff.Storage;
using Dff.Storage.Scripts;

namespace Dff.Grains.AutoRun;

/// <summary>
/// Sees to functions with <c>integration='autoRun'</c>. Each of its steps may be done again: a task has an idempotency key made of its cause, and a crontab config
/// an ID made of its function.
/// </summary>
public sealed class AutoRunner(AutoRunRepository rows, IFunctionCatalog functions, IGrainFactory grains, WorkerOptions options)
{
    /// <summary>Queues what runs on a publish, and keeps the crontab configs of the script's functions. Does nothing where nothing is noted.</summary>
    public async Task SettleAsync(string scriptId, CancellationToken cancellationToken)
    {
        if (await rows.FindPendingAsync(scriptId, cancellationToken) is { } pending) await SettleAsync(pending, cancellationToken);
    }

    public async Task SettleAsync(AutoRunPending pending, CancellationToken cancellationToken)
    {
        foreach (var id in await rows.GetFunctionIdsAsync(pending.ScriptId, cancellationToken))
        {
            if (await functions.FindAsync(id, cancellationToken) is not { AutoRun: { } autoRun } function) continue;
            if (autoRun.OnPublish) await EnqueueAsync(function, $"publish:{id}:{pending.PublishVersion}");
            if (autoRun.Crontab is not null) await KeepConfigAsync(id);
        }

        await rows.SettleAsync(pending, cancellationToken);
    }

    /// <summary>Queues what runs at a start of the cluster.</summary>
    public async Task LaunchAsync(string launchId, CancellationToken cancellationToken)
    {
        foreach (var id in await rows.GetFunctionIdsAsync(cancellationToken))
        {
            if (await functions.FindAsync(id, cancellationToken) is { AutoRun.OnLaunch: true } function) await EnqueueAsync(function, $"launch:{id}:{launchId}");
        }
    }

    private Task EnqueueAsync(FunctionFacts function, string cause)
    {
        var timeout = function.TimeoutSeconds ?? options.DefaultTimeout;
        return grains.EnqueueAsync(function.Queue ?? options.AsyncQueue, new NewTask
        {
            TaskId = ShortId.New("task"),
            FuncId = function.Id,
            Origin = "integration",
            ExecMode = "auto",
            Kwargs = "{}"u8.ToArray(),
            TimeoutSeconds = timeout,
            ExpireSeconds = timeout * options.TimeoutToExpireScale,
            MaxAttempts = function.MaxAttempts ?? 2,
            // Of one length, however long the function's ID is.
            IdempotencyKey = $"autoRun:{Md5.OfText(cause)}",
            ContentHash = "",
        });
    }

    /// <summary>One that exists follows its function by itself.</summary>
    private async Task KeepConfigAsync(string functionId)
    {
        var config = grains.GetGrain<ICrontabConfigGrain>(IntegratedConfig.IdOf(functionId));
        try
        {
            await config.AddAsync(IntegratedConfig.For(functionId));
        }
        catch (DffException error) when (error.Reason == ErrorReason.ClientDuplicated)
        {
            await config.CheckAsync();
        }
    }
}
