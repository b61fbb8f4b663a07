using System.Text;
using Dff.Abstractions.Tasks;
using Dff.Storage.Tasks;
using FluentAssertions;

namespace Dff.Storage.Tests;

/// <summary>The rows of the durable queue: what is answered is committed, by one writer of a queue at a time.</summary>
public abstract class TaskQueueTests(StoreUnderTest store)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    private readonly TaskRepository _rows = new(store.Database);

    [Fact]
    public async Task What_was_answered_is_there_in_the_order_in_which_it_came()
    {
        var (queue, writer) = await OpenAsync();
        var tasks = Enumerable.Range(0, 700).Select(_ => New()).ToList();

        var answers = await Task.WhenAll(tasks.Select(task => writer.InsertAsync(new TaskInsert(task, Now))));

        answers.Should().OnlyContain(answer => answer.Outcome == InsertOutcome.Added);
        var unfinished = await _rows.GetUnfinishedAsync(queue, CancellationToken.None);
        unfinished.Select(task => task.Id).Should().Equal(tasks.Select(task => task.TaskId));
        unfinished.Should().OnlyContain(task => task.Status == RunStatus.Queued && task.DueTime == Now && task.Attempt == 0);
        var payload = (await _rows.GetPayloadsAsync([tasks[5].TaskId], CancellationToken.None)).Single();
        payload.Should().BeEquivalentTo(new { FuncId = "s__a.f", Origin = "direct", ExecMode = "async", KwargsJSON = """{"x":"空 '\\ ?"}""", TimeoutSeconds = 30, QueueTime = Now });
    }

    [Fact]
    public async Task A_writer_of_an_older_epoch_changes_nothing()
    {
        var (queue, older) = await OpenAsync();
        var task = New();
        await older.InsertAsync(new TaskInsert(task, Now));
        var newer = _rows.Writer(queue, (await _rows.OpenAsync(queue, CancellationToken.None)).Epoch);

        var insert = () => older.InsertAsync(new TaskInsert(New(), Now));
        var finish = () => older.WriteAsync(new TaskFinish(task.TaskId, RunStatus.Success, Now));
        var pause = () => _rows.SetPausedAsync(queue, older.Epoch, true, CancellationToken.None);

        await insert.Should().ThrowAsync<StaleEpochException>();
        await finish.Should().ThrowAsync<StaleEpochException>();
        await pause.Should().ThrowAsync<StaleEpochException>();
        (await _rows.GetUnfinishedAsync(queue, CancellationToken.None)).Select(row => row.Id).Should().Equal(task.TaskId);
        await newer.WriteAsync(new TaskFinish(task.TaskId, RunStatus.Success, Now));
        (await _rows.GetUnfinishedAsync(queue, CancellationToken.None)).Should().BeEmpty();
        (await _rows.OpenAsync(queue, CancellationToken.None)).IsPaused.Should().BeFalse();
    }

    [Fact]
    public async Task A_task_keeps_its_attempts_and_ends_once_with_its_result_and_log()
    {
        var (queue, writer) = await OpenAsync();
        var task = New();
        await writer.InsertAsync(new TaskInsert(task, Now));
        await writer.WriteAsync(new TaskBegin(task.TaskId, 1, "S1", Now));
        (await _rows.GetUnfinishedAsync(queue, CancellationToken.None)).Single().Should().BeEquivalentTo(new { Status = RunStatus.Running, Attempt = 1, Silo = "S1", Losses = 0 });
        await writer.WriteAsync(new TaskPutBack(task.TaskId, 1, 0, Now.AddSeconds(5)));
        (await _rows.GetUnfinishedAsync(queue, CancellationToken.None)).Single().Should().BeEquivalentTo(
            new { Status = RunStatus.Queued, Attempt = 1, Losses = 1, Silo = (string?)null, DueTime = Now.AddSeconds(5) });
        await writer.WriteAsync(new TaskBegin(task.TaskId, 2, "S2", Now.AddSeconds(6)));

        await writer.WriteAsync(new TaskFinish(task.TaskId, RunStatus.Success, Now.AddSeconds(7))
        {
            Losses = 1,
            ScriptPublishVersion = 3,
            Result = new TaskResultRow { Raw = [1, 0, 255, (byte)'\''] },
            ResultExpireTime = Now.AddSeconds(100),
            Log = new TaskLogRow { LogMessageTEXT = "one\ntwo 行" },
        });

        (await _rows.GetUnfinishedAsync(queue, CancellationToken.None)).Should().BeEmpty();
        var found = await _rows.FindAsync(task.TaskId, Now.AddSeconds(99), CancellationToken.None);
        found.Should().BeEquivalentTo(
            new { Status = RunStatus.Success, Attempt = 2, StartTime = Now.AddSeconds(6), EndTime = Now.AddSeconds(7), ScriptPublishVersion = 3, Queue = queue, HasResult = true, LogMessageTEXT = "one\ntwo 行" });
        found!.Raw.Should().Equal(1, 0, 255, (byte)'\'');
        found = await _rows.FindAsync(task.TaskId, Now.AddSeconds(100), CancellationToken.None);
        found.Should().BeEquivalentTo(new { HasResult = false, Raw = (byte[]?)null, LogMessageTEXT = "one\ntwo 行" }, "the time of the result is over");
    }

    [Fact]
    public async Task The_same_key_is_answered_with_the_same_task_for_24_hours_and_in_its_queue_only()
    {
        var (_, writer) = await OpenAsync();
        var (_, other) = await OpenAsync();
        var first = Keyed("k", "a");
        await writer.InsertAsync(new TaskInsert(first, Now));

        // Two at once, of which the second must see the first.
        var again = await Task.WhenAll(Keyed("k", "a").In(writer, Now.AddHours(23)), Keyed("k", "b").In(writer, Now.AddHours(23)), Keyed("K", "b").In(writer, Now), Keyed("k", "b").In(other, Now));

        again[0].Should().Be(new InsertResult(InsertOutcome.Repeated, first.TaskId));
        again[1].Should().Be(new InsertResult(InsertOutcome.KeyReused, first.TaskId));
        again[2].Outcome.Should().Be(InsertOutcome.Added, "keys compare exactly");
        again[3].Outcome.Should().Be(InsertOutcome.Added);
        var later = Keyed("k", "b");
        (await later.In(writer, Now.AddHours(24))).Outcome.Should().Be(InsertOutcome.Added);
        (await Keyed("k", "b").In(writer, Now.AddHours(25))).Should().Be(new InsertResult(InsertOutcome.Repeated, later.TaskId));
    }

    [Fact]
    public async Task An_ID_that_is_taken_is_refused_and_our_own_sent_again_is_known()
    {
        var (_, writer) = await OpenAsync();
        var (_, other) = await OpenAsync();
        var own = New();
        var given = New() with { IsGivenId = true };
        await writer.InsertAsync(new TaskInsert(own, Now));

        (await own.In(writer, Now)).Outcome.Should().Be(InsertOutcome.Repeated);
        // In two queues at the same moment, amid others: exactly one gets it, and the others are not disturbed.
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).SelectMany(_ => new[] { given.In(writer, Now), New().In(writer, Now), given.In(other, Now), New().In(other, Now) }));

        answers.Where(answer => answer.TaskId == given.TaskId).Count(answer => answer.Outcome == InsertOutcome.Added).Should().Be(1);
        answers.Where(answer => answer.TaskId == given.TaskId).Count(answer => answer.Outcome == InsertOutcome.IdTaken).Should().Be(79);
        answers.Where(answer => answer.TaskId != given.TaskId).Should().HaveCount(80).And.OnlyContain(answer => answer.Outcome == InsertOutcome.Added);
    }

    [Fact]
    public async Task Many_callers_at_once_share_commits_and_nothing_is_mixed_up()
    {
        var (queue, writer) = await OpenAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
        {
            var task = New() with { Priority = number % 256 };
            await writer.InsertAsync(new TaskInsert(task, Now));
            await writer.WriteAsync(new TaskBegin(task.TaskId, 1, $"silo {number}", Now));
            if (number % 2 == 0) await writer.WriteAsync(new TaskFinish(task.TaskId, RunStatus.Success, Now) { Result = new TaskResultRow { Raw = Encoding.UTF8.GetBytes($"{number}") } });
        });

        var unfinished = await _rows.GetUnfinishedAsync(queue, CancellationToken.None);
        unfinished.Should().HaveCount(200).And.OnlyContain(task => task.Status == RunStatus.Running);
        unfinished.Should().OnlyContain(task => int.Parse(task.Silo!.Substring(5)) % 256 == task.Priority);
    }

    [Fact]
    public async Task Many_changes_in_one_write_are_all_committed_when_the_last_is_each_with_its_own_values()
    {
        var (queue, writer) = await OpenAsync();
        var tasks = Enumerable.Range(0, 250).Select(_ => New()).ToList();
        await Task.WhenAll(tasks.Select(task => writer.InsertAsync(new TaskInsert(task, Now))));

        await writer.WriteAsync([.. tasks.Select((task, index) => new TaskBegin(task.TaskId, 1 + (index % 3), index % 2 == 0 ? "even" : "odd", Now))]);

        var unfinished = await _rows.GetUnfinishedAsync(queue, CancellationToken.None);
        unfinished.Select(task => (task.Id, task.Attempt, task.Silo)).Should().Equal(tasks.Select((task, index) => (task.TaskId, 1 + (index % 3), (string?)(index % 2 == 0 ? "even" : "odd"))));
        await writer.WriteAsync([]);
    }

    [Fact]
    public async Task A_task_that_is_sent_again_among_others_is_found_and_the_others_are_added()
    {
        var (queue, writer) = await OpenAsync();
        var known = New();
        await writer.InsertAsync(new TaskInsert(known, Now));
        // Held up by the first, the others share a commit.
        var first = writer.InsertAsync(new TaskInsert(New(), Now));

        var answers = await Task.WhenAll(new[] { New(), known, New() }.Select(task => writer.InsertAsync(new TaskInsert(task, Now))));

        (await first).Outcome.Should().Be(InsertOutcome.Added);
        answers.Select(answer => answer.Outcome).Should().Equal(InsertOutcome.Added, InsertOutcome.Repeated, InsertOutcome.Added);
        answers[1].TaskId.Should().Be(known.TaskId);
        (await _rows.GetUnfinishedAsync(queue, CancellationToken.None)).Should().HaveCount(4);
    }

    [Fact]
    public void IDs_of_tasks_are_in_the_order_of_their_time()
    {
        var ids = Enumerable.Range(0, 200).Select(minute => ShortId.NewOrdered("task", Now.AddMinutes(minute))).ToList();

        ids.Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
        ids.Should().OnlyContain(id => id.StartsWith("task-") && id.Length == 28);
        ShortId.NewOrdered("task", Now).Should().NotBe(ShortId.NewOrdered("task", Now));
    }

    private static int _lastQueue = 1000;

    private async Task<(int Queue, TaskWriter Writer)> OpenAsync()
    {
        var queue = Interlocked.Increment(ref _lastQueue);
        return (queue, _rows.Writer(queue, (await _rows.OpenAsync(queue, CancellationToken.None)).Epoch));
    }

    private static string NewId() => ShortId.New("task");

    private static NewTask New() => new()
    {
        TaskId = NewId(),
        FuncId = "s__a.f",
        Origin = "direct",
        ExecMode = "async",
        Kwargs = """{"x":"空 '\\ ?"}"""u8.ToArray(),
        TimeoutSeconds = 30,
    };

    private static NewTask Keyed(string key, string content) => New() with { IdempotencyKey = key, ContentHash = content };

    public sealed class OnSqlite(SqliteStore store) : TaskQueueTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : TaskQueueTests(store);

    public sealed class OnMariaDbByMySqlData(MariaDbByMySqlDataStore store) : TaskQueueTests(store);
}

internal static class TaskInserts
{
    public static Task<InsertResult> In(this NewTask task, TaskWriter writer, DateTimeOffset now) => writer.InsertAsync(new TaskInsert(task, now));
}
