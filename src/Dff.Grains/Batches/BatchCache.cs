using Dff.Abstractions.Batches;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Functions;
using Dff.Storage.Batches;

namespace Dff.Grains.Batches;

public sealed class BatchCache : IBatchCache
{
    private const int Capacity = 100_000;
    private const string Prefix = "bat-";

    private readonly InvalidatingCache<BatchFacts> _batches;

    public BatchCache(BatchRepository rows, IChangeFeed changes)
    {
        _batches = new InvalidatingCache<BatchFacts>(
            async (id, cancellationToken) => await rows.FindAsync(id, cancellationToken) is { } row
                ? new BatchFacts(row.Id, row.FuncId, new FixedKwargs(row.FuncCallKwargsJSON.Text), row.IsDisabled) { ApiAuthId = row.ApiAuthId }
                : null,
            changes,
            Capacity);
        changes.Subscribe(ChangeKind.Batch, _batches);
    }

    public async ValueTask<BatchFacts?> FindAsync(string id, CancellationToken cancellationToken) =>
        await _batches.FindAsync(id, cancellationToken) ?? await _batches.FindAsync(Prefix + id, cancellationToken);
}
