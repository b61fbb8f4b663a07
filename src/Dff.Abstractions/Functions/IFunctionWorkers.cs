using Dff.Abstractions.Errors;

namespace Dff.Abstractions.Functions;

/// <summary>The workers of all queues, wherever in the cluster they are.</summary>
public interface IFunctionWorkers
{
    /// <summary>Runs one call on a silo that serves the queue, on this one if it does.</summary>
    /// <exception cref="DffException">ESys: no silo serves the queue, or the one that ran the call was lost.</exception>
    Task<FunctionOutcome> CallAsync(int queue, FunctionCall call);
}
