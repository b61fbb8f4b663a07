namespace Dff.Abstractions.Functions;

/// <summary>Which queues the silos of the cluster serve now.</summary>
public interface IQueueServers
{
    bool IsServed(int queue);
}
