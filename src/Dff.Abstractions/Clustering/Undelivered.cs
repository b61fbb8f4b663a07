using Orleans.Runtime;
using Polly;
using Polly.Retry;

namespace Dff.Abstractions.Clustering;

/// <summary>
/// Sends again what the cluster rejected: a rejected message reached nobody, so nothing ran. It happens while the others have not noticed yet that a silo is gone.
/// </summary>
public static class Undelivered
{
    private static readonly ResiliencePipeline Pipeline = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<OrleansMessageRejectionException>(),
            MaxRetryAttempts = 4,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            UseJitter = true,
        })
        .Build();

    public static async Task<TResult> SendAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> send)
    {
        // Every call comes this way: the pipeline's own steps are only taken once one was rejected.
        try
        {
            return await send(state);
        }
        catch (OrleansMessageRejectionException)
        {
            return await Pipeline.ExecuteAsync(static async (given, _) => await given.send(given.state), (state, send), CancellationToken.None);
        }
    }
}
