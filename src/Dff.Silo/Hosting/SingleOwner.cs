using Dff.Storage.Connections;

namespace Dff.Silo.Hosting;

/// <summary>MySQL without Redis serves one node: it holds the owner row and renews it, and a second node refuses to start.</summary>
internal sealed class SingleOwner : IAsyncDisposable
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    private readonly OwnerRow _row;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _renewal;

    private SingleOwner(OwnerRow row)
    {
        _row = row;
        _renewal = RenewAsync();
    }

    public static async Task<SingleOwner> TakeAsync(StoreDatabase database, CancellationToken cancellationToken)
    {
        var row = new OwnerRow(database, $"{Environment.MachineName} (process {Environment.ProcessId})", Guid.NewGuid().ToString());
        if (await row.TryTakeAsync(cancellationToken) is { } other)
            throw new Commands.StartRefusedException($"MYSQL_HOST: another node uses this database without REDIS_HOST: {other}; stop it, or give both the same REDIS_HOST to make them a cluster");
        return new SingleOwner(row);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _renewal;
        await _row.ReleaseAsync(CancellationToken.None);
        _stopping.Dispose();
    }

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(RenewEvery, _stopping.Token);
                try
                {
                    await _row.RenewAsync(_stopping.Token);
                }
                catch (System.Data.Common.DbException)
                {
                    // While the database is away nobody else can take the row either.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
