using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Packages;
using Dff.Grains.Packages.Parts;
using Dff.Storage.Packages;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Packages;

/// <summary>Carries out what imports have left to be done: right after the transaction, and where a crash came between, by <see cref="ImportFollowUpService"/>.</summary>
public sealed partial class ImportFollowUps(PackageHistoryRepository rows, IEnumerable<IPackagePart> parts, ILogger<ImportFollowUps> logger)
{
    private readonly Dictionary<string, IFollowedPart> _parts = parts.OfType<IFollowedPart>().ToDictionary(part => part.Name, StringComparer.Ordinal);

    /// <param name="importId">Null: of all imports.</param>
    /// <returns>What can never be done. What could not be done now is tried again.</returns>
    public async Task<IReadOnlyList<PackageFailure>> RunAsync(string? importId, CancellationToken cancellationToken)
    {
        var failures = new List<PackageFailure>();
        foreach (var row in (await rows.GetFollowUpsAsync(cancellationToken)).Where(row => importId is null || row.ImportId == importId))
        {
            try
            {
                if (await FollowAsync(row, cancellationToken) is { } failure) failures.Add(failure);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                NotNow(row.ImportId, row.Part, row.EntityId, error);
            }
        }

        return failures;
    }

    private async Task<PackageFailure?> FollowAsync(FollowUpRow row, CancellationToken cancellationToken)
    {
        PackageFailure? failure = null;
        try
        {
            using var json = JsonDocument.Parse(row.RowJSON.Text, PackageJson.Reading);
            await _parts[row.Part].FollowAsync(row.EntityId, json.RootElement, cancellationToken);
        }
        catch (DffException error) when (!error.Reason.StartsWith(ErrorReason.Sys, StringComparison.Ordinal) && error.Reason != ErrorReason.WorkerQueueCongestion)
        {
            failure = new PackageFailure(row.Part, row.EntityId, error.Reason, error.Message);
        }

        await rows.FinishAsync(row, failure is null ? null : PackageJson.Raw(failure), cancellationToken);
        return failure;
    }

    [LoggerMessage(EventId = 291, EventName = "ImportFollowUpFailed", Level = LogLevel.Warning, Message = "Import {ImportId}: {Part} {Id} could not follow now; it is tried again in a few seconds")]
    private partial void NotNow(string importId, string part, string id, Exception error);
}
