using System.Data.Common;
using Dff.Storage.Connections;

namespace Dff.Web.Health;

/// <summary>Asks the store whether it is there.</summary>
public sealed class StoreProbe(StoreDatabase database)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <returns>What is wrong; null: it answers.</returns>
    public async Task<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await database.QueryFirstAsync<int>("SELECT 1", null, cancellationToken).WaitAsync(Limit, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is DbException or TimeoutException)
        {
            return "the store does not answer";
        }
    }
}
