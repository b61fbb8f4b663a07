using Dff.Abstractions.Crontab;
using Dff.Abstractions.Tasks;
using Dff.Storage.Crontab;
using Dff.Storage.Lists;
using Dff.Storage.Tasks;
using FluentAssertions;

namespace Dff.Storage.Tests;

/// <summary>The cursor of a crontab config: it moves with the tasks and the skip records, or nothing happens.</summary>
public abstract class CrontabAdvanceTests(StoreUnderTest store)
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly TaskRepository _tasks = new(store.Database);
    private readonly CrontabRunRepository _runs = new(store.Database);
    private readonly string _config = $"cron-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_plan_made_from_another_cursor_changes_nothing_even_when_its_tasks_are_gone()
    {
        var writer = await OpenAsync();
        var first = Plan(null, 0, 1);

        var moved = await writer.MoveAsync(new CrontabMove(first, Noon));
        foreach (var run in first.Runs) await writer.WriteAsync(new TaskFinish(run.TaskId, RunStatus.Success, Noon));
        await new TaskTrimRepository(store.Database).TrimOwnerAsync("crontab", new TaskOwner { Id = _config }, CancellationToken.None);
        var again = await writer.MoveAsync(new CrontabMove(first, Noon));
        var next = await writer.MoveAsync(new CrontabMove(Plan(Noon.AddMinutes(1), 2), Noon));

        (moved.Answer, moved.Added.Count).Should().Be((new CrontabAdvanced(true, Noon.AddMinutes(1)), 2));
        (again.Answer, again.Added.Count).Should().Be((new CrontabAdvanced(false, Noon.AddMinutes(1)), 0));
        next.Answer.Should().Be(new CrontabAdvanced(true, Noon.AddMinutes(2)));
        (await _runs.GetUnfinishedAsync(_config, CancellationToken.None)).Select(run => run.Id).Should().Equal(CrontabTaskId.Of(_config, Noon.AddMinutes(2)));
        (await _runs.FindCursorAsync(_config, CancellationToken.None)).Should().Be(Noon.AddMinutes(2));
        var payload = (await _tasks.GetPayloadsAsync([CrontabTaskId.Of(_config, Noon.AddMinutes(2))], CancellationToken.None)).Single();
        (payload.TriggerTime, payload.Crontab, payload.OriginId).Should().Be((Noon.AddMinutes(2), "* * * * *", _config));
    }

    [Fact]
    public async Task Of_many_that_advance_from_the_same_cursor_one_wins()
    {
        var writers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync()));
        await writers[0].MoveAsync(new CrontabMove(Plan(null, 0), Noon));

        var answers = await Task.WhenAll(writers.Select(writer => writer.MoveAsync(new CrontabMove(Plan(Noon, 1), Noon))));

        answers.Count(answer => answer.Answer.IsApplied).Should().Be(1);
        (await _runs.GetUnfinishedAsync(_config, CancellationToken.None)).Should().HaveCount(2);
    }

    [Fact]
    public async Task Consecutive_skips_for_one_reason_are_one_record_until_something_runs()
    {
        var writer = await OpenAsync();
        DateTimeOffset? cursor = null;
        async Task SkipAsync(SkipReason reason, int minute, long count = 1)
        {
            var moment = Noon.AddMinutes(minute);
            var advance = new CrontabAdvance { ConfigId = _config, From = cursor, To = moment, Skips = [new SkippedMoments(reason, moment, moment, count)] };
            cursor = (await writer.MoveAsync(new CrontabMove(advance, Noon))).Answer.Cursor;
        }

        await SkipAsync(SkipReason.Overlap, 0);
        await SkipAsync(SkipReason.Overlap, 1);
        await SkipAsync(SkipReason.Misfire, 2, 5);
        await SkipAsync(SkipReason.Overlap, 3);
        cursor = (await writer.MoveAsync(new CrontabMove(Plan(cursor, 4), Noon))).Answer.Cursor;
        await SkipAsync(SkipReason.Overlap, 5);
        await SkipAsync(SkipReason.Overlap, 6);

        var records = await _runs.ListSkipsAsync(new ListQuery { NoPage = true, Filters = [new ListFilter("crontabConfigId", [_config])] }, CancellationToken.None);
        records.Rows.Reverse().Select(row => (row.Reason, row.From, row.To, row.Count)).Should().Equal(
            ("overlap", Noon, Noon.AddMinutes(1), 2),
            ("misfire", Noon.AddMinutes(2), Noon.AddMinutes(2), 5),
            ("overlap", Noon.AddMinutes(3), Noon.AddMinutes(3), 1),
            ("overlap", Noon.AddMinutes(5), Noon.AddMinutes(6), 2));
    }

    [Fact]
    public async Task A_run_that_waits_for_the_one_before_it_is_there_and_held()
    {
        var writer = await OpenAsync();
        var plan = Plan(null, 0, 1);

        await writer.MoveAsync(new CrontabMove(plan with { Runs = [plan.Runs[0], plan.Runs[1] with { WaitsForPrevious = true }] }, Noon));

        (await _runs.GetUnfinishedAsync(_config, CancellationToken.None)).Select(run => run.IsHeld).Should().Equal(false, true);
    }

    private async Task<TaskWriter> OpenAsync()
    {
        var queue = Random.Shared.Next(1000, int.MaxValue);
        return _tasks.Writer(queue, (await _tasks.OpenAsync(queue, CancellationToken.None)).Epoch);
    }

    private CrontabAdvance Plan(DateTimeOffset? from, params IReadOnlyList<int> minutes) => new()
    {
        ConfigId = _config,
        From = from,
        To = Noon.AddMinutes(minutes[^1]),
        Task = new NewTask { TaskId = "", FuncId = "s__a.f", Origin = "crontab", OriginId = _config, ExecMode = "crontab", Kwargs = "{}"u8.ToArray(), TimeoutSeconds = 30, Crontab = "* * * * *" },
        Runs = [.. minutes.Select(minute => new PlannedRun(CrontabTaskId.Of(_config, Noon.AddMinutes(minute)), Noon.AddMinutes(minute), false))],
    };

    public sealed class OnSqlite(SqliteStore store) : CrontabAdvanceTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : CrontabAdvanceTests(store);
}

file static class SingleMoves
{
    public static async Task<CrontabMoved> MoveAsync(this TaskWriter writer, CrontabMove move) => (await writer.MoveCrontabAsync([move]))[0];
}
