using Orleans.Runtime;

namespace Dff.Web.Health;

/// <summary>Asks where the members of the cluster are kept.</summary>
public sealed class ClusterProbe(IGrainFactory grains)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <returns>What is wrong; null: the membership can be read.</returns>
    public async Task<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: true).WaitAsync(Limit, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return "the cluster's membership cannot be read: its Redis does not answer";
        }
    }
}
