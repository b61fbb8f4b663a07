using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Orleans.Runtime;
using Polly;
using Polly.Retry;

namespace Dff.Abstractions.Tasks;

/// <summary>Brings tasks to their queue, also while it is moving from one node to another.</summary>
public static class QueueCalls
{
    private static readonly ResiliencePipeline Repeatable = Pipeline(new PredicateBuilder()
        .Handle<OrleansMessageRejectionException>().Handle<SiloUnavailableException>().Handle<TimeoutException>().Handle<DffException>(error => error.Reason == QueueErrors.Moving));

    private static readonly ConditionalWeakTable<IGrainFactory, ConcurrentDictionary<int, IQueueGrain>> References = [];

    private static readonly ResiliencePipeline Once = Pipeline(new PredicateBuilder().Handle<OrleansMessageRejectionException>());

    /// <summary>
    /// Answers when the task is committed. A task under an ID of our own, or with an idempotency key, is sent again until it is known to be there; one under
    /// an ID that the caller chose only where it is sure that nothing was done.
    /// </summary>
    public static async Task<EnqueuedTask> EnqueueAsync(this IGrainFactory grains, int queue, NewTask task)
    {
        var grain = grains.Queue(queue);
        var pipeline = task is { IsGivenId: true, IdempotencyKey: null } ? Once : Repeatable;
        return await pipeline.ExecuteAsync(static async (given, _) => await given.grain.EnqueueAsync(given.task), (grain, task), CancellationToken.None);
    }

    /// <summary>Sent again until its fate is known, which its comparison with the cursor allows: what was done already is answered as not applied.</summary>
    public static async Task<CrontabAdvanced> AdvanceCrontabAsync(this IGrainFactory grains, int queue, CrontabAdvance advance)
    {
        var grain = grains.Queue(queue);
        return await Repeatable.ExecuteAsync(static async (given, _) => await given.grain.AdvanceCrontabAsync(given.advance), (grain, advance), CancellationToken.None);
    }

    /// <summary>Sent again until it is known: an answer that was lost is answered as not known, so that the store is read.</summary>
    public static async Task<CrontabAdvanced?> SettlePreparedAsync(this IGrainFactory grains, int queue, string configId)
    {
        var grain = grains.Queue(queue);
        return await Repeatable.ExecuteAsync(static async (given, _) => await given.grain.SettlePreparedAsync(given.configId), (grain, configId), CancellationToken.None);
    }

    /// <summary>As GetGrain, which looks up attributes of the interface each time; the queues are few and asked for at every call.</summary>
    public static IQueueGrain Queue(this IGrainFactory grains, int queue) => References.GetOrCreateValue(grains).GetOrAdd(queue, static (number, factory) => factory.GetGrain<IQueueGrain>(number), grains);

    private static ResiliencePipeline Pipeline(PredicateBuilder<object> handled) => new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = handled,
            // Together some 20 s: what membership needs to notice that a node is gone.
            MaxRetryAttempts = 12,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(3),
            UseJitter = true,
        })
        .Build();
}
