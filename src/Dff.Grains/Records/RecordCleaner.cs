using Dff.Abstractions.Configuration;
using Dff.Grains.Clustering;
using Dff.Grains.SystemConfigs;
using Dff.Storage.Connections;
using Dff.Storage.Operations;
using Dff.Storage.Packages;
using Dff.Storage.Records;
using Dff.Storage.Scripts;
using Dff.Storage.Tasks;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Records;

/// <summary>Keeps what grows by itself within <c>_DBDATA_TABLE_LIMIT_MAP</c> and the owners' own limits, and what the store knows of its tables fresh, once a minute.</summary>
public sealed class RecordCleaner(
    StoreDatabase database,
    TaskTrimRepository tasks,
    PublishHistoryRepository histories,
    OperationRecordRepository operations,
    ScriptRecordRepository scriptRecords,
    RecoverPointRepository recoverPoints,
    PackageHistoryRepository packages,
    PendingImportRepository pendingImports,
    RunTimeSettings settings,
    WorkerOptions worker,
    OldestSilo oldest,
    TimeProvider time,
    ILogger<RecordCleaner> logger)
    : OldestSiloService(oldest, TimeSpan.FromMinutes(1), time, logger)
{
    private static readonly (string Table, string[] Origins)[] Tasks =
    [
        (LimitedTables.CrontabTaskInfo, ["crontab"]),
        (LimitedTables.BatchTaskInfo, ["batch"]),
        (LimitedTables.TaskResult, ["direct", "authLink", "integration"]),
    ];

    private readonly TimeProvider _time = time;

    protected override async Task RunRoundAsync(CancellationToken stoppingToken)
    {
        for (var queue = 0; queue < worker.QueueCount; queue++) await tasks.TrimExpiredAsync(queue, _time.GetUtcNow(), stoppingToken);
        foreach (var (table, origins) in Tasks) await tasks.TrimOriginsAsync(origins, settings.RowLimitOf(table), stoppingToken);
        foreach (var origin in (string[])["crontab", "batch"])
        {
            foreach (var owner in await tasks.GetOverfullOwnersAsync(origin, stoppingToken)) await tasks.TrimOwnerAsync(origin, owner, stoppingToken);
        }

        await histories.TrimAsync(settings.RowLimitOf(LimitedTables.PublishHistory), _time.GetUtcNow(), stoppingToken);
        await recoverPoints.TrimAsync(settings.RowLimitOf(LimitedTables.RecoverPoint), stoppingToken);
        await packages.TrimAsync(settings.RowLimitOf(LimitedTables.ExportHistory), settings.RowLimitOf(LimitedTables.ImportHistory), stoppingToken);
        await pendingImports.TrimAsync(stoppingToken);
        await scriptRecords.TrimAsync(settings.RowLimitOf(LimitedTables.ScriptLog), settings.RowLimitOf(LimitedTables.ScriptFailure), stoppingToken);
        await operations.TrimAsync(settings.RowLimitOf(LimitedTables.OperationRecord), stoppingToken);
        // Last, because it writes, and on a full disk the rest makes room.
        await database.RefreshStatisticsAsync(stoppingToken);
    }
}
