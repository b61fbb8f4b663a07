using System.Data.Common;
using Dapper;
using Dff.Abstractions.Crontab;
using Dff.Storage.Tasks;

namespace Dff.Storage.Crontab;

/// <summary>Moves the cursors of crontab configs and grows their skip records, in the transaction that queues the runs.</summary>
internal sealed class CrontabTransaction(DbConnection connection, DbTransaction? transaction, bool isSqlite)
{
    /// <summary>Of one config; beyond it the oldest go.</summary>
    private const int KeptRecords = 1000;

    private const int MostAsked = 500;

    /// <returns>By the ID of the config. Each stands in it once.</returns>
    public async Task<Dictionary<string, CrontabAdvanced>> ApplyAsync(IReadOnlyList<CrontabAdvance> advances)
    {
        var results = new Dictionary<string, CrontabAdvanced>(StringComparer.Ordinal);
        if (advances.Count == 0) return results;
        var cursors = await FindAsync(advances);
        var (added, moved) = (new List<object?[]>(), new List<object?[]>());
        foreach (var advance in advances)
        {
            var cursor = cursors.GetValueOrDefault(advance.ConfigId);
            // Columns hold milliseconds.
            var isApplied = cursor?.Moment.ToUnixTimeMilliseconds() == advance.From?.ToUnixTimeMilliseconds();
            results.Add(advance.ConfigId, new CrontabAdvanced(isApplied, isApplied && advance.To is { } to ? to : cursor?.Moment));
            if (!isApplied) continue;
            foreach (var skip in advance.Skips) await RecordAsync(advance, skip, cursor?.LastRun);
            if (advance.To is not { } moment) continue;
            var lastRun = (advance.Runs.Count > 0 ? advance.Runs[^1].ScheduledTime : cursor?.LastRun)?.ToUnixTimeMilliseconds();
            if (cursor is null) added.Add([advance.ConfigId, moment.ToUnixTimeMilliseconds(), lastRun]);
            else moved.Add([moment.ToUnixTimeMilliseconds(), lastRun, advance.ConfigId]);
        }

        var rows = new RowBatch(connection, transaction, isSqlite);
        await rows.InsertAsync("crontab_cursor", "configId, moment, lastRun", added);
        await rows.UpdateAsync("UPDATE crontab_cursor SET moment = {0}, lastRun = {1} WHERE configId", moved);
        return results;
    }

    private async Task<Dictionary<string, CursorRow>> FindAsync(IReadOnlyList<CrontabAdvance> advances)
    {
        var cursors = new Dictionary<string, CursorRow>(StringComparer.Ordinal);
        foreach (var ids in advances.Select(advance => advance.ConfigId).Chunk(MostAsked))
        {
            var sql = $"SELECT configId, moment, lastRun FROM crontab_cursor WHERE configId IN @ids{(isSqlite ? "" : " FOR UPDATE")}";
            foreach (var row in await connection.QueryAsync<CursorRow>(sql, new { ids }, transaction)) cursors.Add(row.ConfigId, row);
        }

        return cursors;
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
        public string ConfigId { get; init; } = "";

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
