using Dapper;
using Dff.Abstractions.Crontab;
using Dff.Storage.Connections;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;

namespace Dff.Storage.Crontab;

/// <summary>A run of a config that has not finished.</summary>
public sealed record UnfinishedRun
{
    public string Id { get; init; } = "";

    public int Queue { get; init; }

    public DateTimeOffset DueTime { get; init; }

    /// <summary>It waits for the one before it.</summary>
    public bool IsHeld => DueTime == CrontabAdvance.Held;
}

/// <summary>Consecutive scheduled moments that did not run, for one reason.</summary>
public sealed record CrontabSkipRow
{
    public long Seq { get; init; }

    public string CrontabConfigId { get; init; } = "";

    /// <summary>overlap, misfire, expired, disabled or functionMissing.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The first of the moments; of a config that is disabled or expired, when that began.</summary>
    public DateTimeOffset From { get; init; }

    /// <summary>The last of the moments; of a config that was disabled, when it was enabled again.</summary>
    public DateTimeOffset To { get; init; }

    /// <summary>Moments. Those of a time that has not ended are counted when it ends.</summary>
    public long Count { get; init; }
}

public sealed record CrontabTaskInfoRow : TaskInfoRow
{
    public string CrontabConfigId { get; init; } = "";

    /// <summary>The scheduled moment; of a run by hand, when that was.</summary>
    public DateTimeOffset? TriggerTime { get; init; }

    public string? Crontab { get; init; }
}

/// <summary>What has become of the moments of crontab configs. A queue writes it; here it is read.</summary>
public sealed class CrontabRunRepository(StoreDatabase database)
{
    private static readonly ListDefinition Skips = new()
    {
        Columns = "k.seq, k.configId AS CrontabConfigId, k.reason, k.fromTime AS `From`, k.toTime AS `To`, k.skipCount AS `Count`",
        From = "crontab_skip k",
        CountFrom = "crontab_skip k",
        Filters = new Dictionary<string, string> { ["crontabConfigId"] = "k.configId", ["reason"] = "k.reason" },
        Sorts = new Dictionary<string, string> { ["seq"] = "k.seq" },
    };

    private static readonly TaskInfoList TaskInfos = new("crontab", "crontabConfigId", "r.triggerTime, r.crontab, ", "LEFT JOIN crontab_run r ON r.id = t.id");

    /// <summary>Until and with which moment everything has been handled; null: nothing yet.</summary>
    public Task<DateTimeOffset?> FindCursorAsync(string configId, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<DateTimeOffset?>("SELECT moment FROM crontab_cursor WHERE configId = @configId", new { configId }, cancellationToken);

    /// <summary>The runs that have not finished, oldest first.</summary>
    public Task<IReadOnlyList<UnfinishedRun>> GetUnfinishedAsync(string configId, CancellationToken cancellationToken) => database.QueryAsync<UnfinishedRun>(
        "SELECT id, queue, dueTime FROM task WHERE originId = @configId AND origin = 'crontab' AND status IN ('queued', 'running') ORDER BY seq", new { configId }, cancellationToken);

    /// <summary>Those of the given runs that have not finished, oldest first.</summary>
    public Task<IReadOnlyList<UnfinishedRun>> GetUnfinishedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => database.QueryAsync<UnfinishedRun>(
        "SELECT id, queue, dueTime FROM task WHERE id IN @ids AND status IN ('queued', 'running') ORDER BY seq", new { ids }, cancellationToken);

    public Task<ListResult<CrontabSkipRow>> ListSkipsAsync(ListQuery query, CancellationToken cancellationToken) => Skips.RunAsync<CrontabSkipRow>(database, query, cancellationToken);

    public Task<ListResult<CrontabTaskInfoRow>> ListTaskInfosAsync(ListQuery query, CancellationToken cancellationToken) =>
        TaskInfos.RunAsync<CrontabTaskInfoRow>(database, query, cancellationToken);
}
