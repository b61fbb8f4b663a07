using System.Data.Common;
using Dapper;
using Dff.Abstractions.Crontab;

namespace Dff.Storage.Crontab;

/// <summary>Moves the cursors of crontab configs and grows their skip records, in the transaction that queues the runs.</summary>
internal sealed class CrontabTransaction(DbConnection connection, DbTransaction transaction, bool isSqlite)
{
    /// <summary>Of one config; beyond it the oldest go.</summary>
    private const int KeptRecords = 1000;

    /// <returns>By the ID of the config. Each stands in it once.</returns>
    public async Task<Dictionary<string, CrontabAdvanced>> ApplyAsync(IReadOnlyList<CrontabAdvance> advances)
    {
        var results = new Dictionary<string, CrontabAdvanced>(StringComparer.Ordinal);
        foreach (var advance in advances) results.Add(advance.ConfigId, await ApplyAsync(advance));
        return results;
    }

    private async Task<CrontabAdvanced> ApplyAsync(CrontabAdvance advance)
    {
        var cursor = await connection.QueryFirstOrDefaultAsync<CursorRow>(
            $"SELECT moment, lastRun FROM crontab_cursor WHERE configId = @ConfigId{(isSqlite ? "" : " FOR UPDATE")}", advance, transaction);
        // Columns hold milliseconds.
        if (cursor?.Moment.ToUnixTimeMilliseconds() != advance.From?.ToUnixTimeMilliseconds()) return new CrontabAdvanced(IsApplied: false, cursor?.Moment);
        foreach (var skip in advance.Skips) await RecordAsync(advance, skip, cursor?.LastRun);
        if (advance.To is not { } moment) return new CrontabAdvanced(IsApplied: true, cursor?.Moment);
        var lastRun = advance.Runs.Count > 0 ? advance.Runs[^1].ScheduledTime : cursor?.LastRun;
        var sql = cursor is null
            ? "INSERT INTO crontab_cursor (configId, moment, lastRun) VALUES (@ConfigId, @moment, @lastRun)"
            : "UPDATE crontab_cursor SET moment = @moment, lastRun = @lastRun WHERE configId = @ConfigId";
        await connection.ExecuteAsync(sql, new { advance.ConfigId, moment, lastRun }, transaction);
        return new CrontabAdvanced(IsApplied: true, moment);
    }

    /// <summary>The last record grows where it has the same reason and nothing has run since.</summary>
    private async Task RecordAsync(CrontabAdvance advance, SkippedMoments skip, DateTimeOffset? lastRun)
    {
        var reason = CrontabNames.Of(skip.Reason);
        var last = await connection.QueryFirstOrDefaultAsync<SkipRow>(
            "SELECT seq, reason, toTime FROM crontab_skip WHERE configId = @ConfigId ORDER BY seq DESC LIMIT 1", advance, transaction);
        if (last is not null && last.Reason == reason && !advance.Runs.Select(run => run.ScheduledTime).Append(lastRun ?? default).Any(run => run > last.ToTime && run < skip.First))
        {
            await connection.ExecuteAsync(
                "UPDATE crontab_skip SET toTime = @to, skipCount = skipCount + @Count WHERE seq = @Seq",
                new { to = skip.Last > last.ToTime ? skip.Last : last.ToTime, skip.Count, last.Seq },
                transaction);
            return;
        }

        await connection.ExecuteAsync(
            "INSERT INTO crontab_skip (configId, reason, fromTime, toTime, skipCount) VALUES (@ConfigId, @reason, @First, @Last, @Count)",
            new { advance.ConfigId, reason, skip.First, skip.Last, skip.Count },
            transaction);
        var oldest = await connection.QueryFirstOrDefaultAsync<long?>(
            $"SELECT seq FROM crontab_skip WHERE configId = @ConfigId ORDER BY seq DESC LIMIT 1 OFFSET {KeptRecords}", advance, transaction);
        if (oldest is not null) await connection.ExecuteAsync("DELETE FROM crontab_skip WHERE configId = @ConfigId AND seq <= @oldest", new { advance.ConfigId, oldest }, transaction);
    }

    private sealed record CursorRow
    {
        public DateTimeOffset Moment { get; init; }

        public DateTimeOffset? LastRun { get; init; }
    }

    private sealed record SkipRow
    {
        public long Seq { get; init; }

        public string Reason { get; init; } = "";

        public DateTimeOffset ToTime { get; init; }
    }
}
