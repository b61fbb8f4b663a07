using Dapper;
using Dff.Abstractions.Tasks;
using Dff.Storage.Connections;
using Dff.Storage.Tasks;
using FluentAssertions;

namespace Dff.Storage.Tests;

/// <summary>What a limit deletes, and what it leaves.</summary>
public abstract class TaskTrimTests(StoreUnderTest store)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_oldest_finished_tasks_of_an_origin_go_with_all_they_left_and_no_others()
    {
        await using var database = await store.CreateMigratedAsync();
        var (rows, trim, writer) = await OpenAsync(database);
        // The oldest still waits; the others have finished, with a log and a result.
        var tasks = await AddAsync(writer, 7, "direct", null);
        var batch = await AddAsync(writer, 1, "batch", "bat-a");
        foreach (var id in (string[])[.. tasks.Skip(1), .. batch]) await FinishAsync(writer, id);

        await trim.TrimOriginsAsync(["direct", "authLink"], kept: 3, CancellationToken.None);

        (await ExistingAsync(rows, tasks)).Should().Equal(tasks[0], tasks[4], tasks[5], tasks[6]);
        (await ExistingAsync(rows, batch)).Should().Equal(batch);
        (await HasRowAsync(database, "task_log", tasks[1])).Should().BeFalse();
        (await HasRowAsync(database, "task_result", tasks[1])).Should().BeFalse();
        (await HasRowAsync(database, "task_log", tasks[4])).Should().BeTrue();
    }

    [Fact]
    public async Task Two_thousand_tasks_over_the_limit_go_in_small_deletes_past_those_that_wait()
    {
        await using var database = await store.CreateMigratedAsync();
        var (rows, trim, writer) = await OpenAsync(database);
        var waiting = await AddAsync(writer, 700, "direct", null);
        var finished = await AddAsync(writer, 2000, "direct", null);
        await Task.WhenAll(finished.Select(id => FinishAsync(writer, id)));

        await trim.TrimOriginsAsync(["direct"], kept: 100, CancellationToken.None);

        (await ExistingAsync(rows, finished)).Should().Equal(finished.TakeLast(100));
        (await ExistingAsync(rows, waiting)).Should().HaveCount(700);
    }

    [Theory, InlineData("batch", "batch"), InlineData("crontab", "crontab_config")]
    public async Task An_owner_keeps_as_many_finished_tasks_as_it_says(string origin, string table)
    {
        await using var database = await store.CreateMigratedAsync();
        var (rows, trim, writer) = await OpenAsync(database);
        var (limited, free) = (await AddAsync(writer, 6, origin, "limited"), await AddAsync(writer, 6, origin, "free"));
        foreach (var id in (string[])[.. limited.Skip(1), .. free]) await FinishAsync(writer, id);
        await AddOwnerAsync(database, table, "limited", 2);
        await AddOwnerAsync(database, table, "free", null);

        var owners = await trim.GetOverfullOwnersAsync(origin, CancellationToken.None);
        foreach (var owner in owners) await trim.TrimOwnerAsync(origin, owner, CancellationToken.None);

        owners.Should().Equal(new TaskOwner { Id = "limited", TaskRecordLimit = 2 });
        (await ExistingAsync(rows, limited)).Should().Equal(limited[0], limited[4], limited[5]);
        (await ExistingAsync(rows, free)).Should().HaveCount(6);
    }

    [Fact]
    public async Task Results_and_keys_go_when_their_time_is_over()
    {
        await using var database = await store.CreateMigratedAsync();
        var (rows, trim, writer) = await OpenAsync(database);
        var task = New("direct", null) with { IdempotencyKey = "key", ContentHash = "a" };
        await writer.InsertAsync(new TaskInsert(task, Now));
        await writer.WriteAsync(new TaskFinish(task.TaskId, RunStatus.Success, Now) { Result = new TaskResultRow { Raw = [1] }, ResultExpireTime = Now.AddSeconds(100) });

        await trim.TrimExpiredAsync(1, Now.AddSeconds(99), CancellationToken.None);
        (await HasRowAsync(database, "task_result", task.TaskId)).Should().BeTrue();
        await trim.TrimExpiredAsync(1, Now.AddSeconds(100), CancellationToken.None);

        (await HasRowAsync(database, "task_result", task.TaskId)).Should().BeFalse();
        (await rows.FindAsync(task.TaskId, Now, CancellationToken.None))!.IsFinished.Should().BeTrue();
        (await AgainAsync()).Outcome.Should().Be(InsertOutcome.Repeated, "its key is still valid");
        await trim.TrimExpiredAsync(1, Now.AddHours(24), CancellationToken.None);
        await using var connection = await database.OpenAsync(CancellationToken.None);
        (await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM task_key")).Should().Be(0);

        Task<InsertResult> AgainAsync() => writer.InsertAsync(new TaskInsert(task with { TaskId = ShortId.New("task") }, Now.AddSeconds(100)));
    }

    private static async Task<(TaskRepository Rows, TaskTrimRepository Trim, TaskWriter Writer)> OpenAsync(StoreDatabase database)
    {
        var rows = new TaskRepository(database);
        return (rows, new TaskTrimRepository(database), rows.Writer(1, (await rows.OpenAsync(1, CancellationToken.None)).Epoch));
    }

    private static async Task<List<string>> AddAsync(TaskWriter writer, int count, string origin, string? originId)
    {
        var tasks = Enumerable.Range(0, count).Select(_ => New(origin, originId)).ToList();
        await Task.WhenAll(tasks.Select(task => writer.InsertAsync(new TaskInsert(task, Now))));
        return [.. tasks.Select(task => task.TaskId)];
    }

    private static Task FinishAsync(TaskWriter writer, string id) =>
        writer.WriteAsync(new TaskFinish(id, RunStatus.Success, Now) { Result = new TaskResultRow { Raw = [1] }, Log = new TaskLogRow { LogMessageTEXT = "x" } });

    private static async Task<bool> HasRowAsync(StoreDatabase database, string table, string id) =>
        await database.QueryFirstAsync<long>($"SELECT COUNT(*) FROM {table} WHERE id = @id", new { id }, CancellationToken.None) > 0;

    private static async Task<List<string>> ExistingAsync(TaskRepository rows, IEnumerable<string> ids)
    {
        var existing = new List<string>();
        foreach (var id in ids)
        {
            if (await rows.FindAsync(id, Now, CancellationToken.None) is not null) existing.Add(id);
        }

        return existing;
    }

    private static Task AddOwnerAsync(StoreDatabase database, string table, string id, int? limit)
    {
        var crontab = table == "batch"
            ? ("", "")
            : (", timezone, misfirePolicy, misfireGraceSeconds, overlapPolicy, saveResult, scope, configMD5", ", 'UTC', 'once', 1, 'skip', 0, 'GLOBAL', ''");
        var batch = table == "batch" ? (", showInDoc", ", 0") : ("", "");
        return database.WriteAsync(
            (connection, transaction) => connection.ExecuteAsync(
                $"""
                INSERT INTO {table} (id, funcId, funcCallKwargsJSON, origin, isDisabled, taskRecordLimit, searchText, createTime, updateTime, grainVersion{crontab.Item1}{batch.Item1})
                VALUES (@id, 's__a.f', '{"{}"}', 'API', 0, @limit, '', 1, 1, 1{crontab.Item2}{batch.Item2})
                """,
                new { id, limit },
                transaction),
            CancellationToken.None);
    }

    private static NewTask New(string origin, string? originId) => new()
    {
        TaskId = ShortId.New("task"),
        FuncId = "s__a.f",
        Origin = origin,
        OriginId = originId,
        ExecMode = "async",
        Kwargs = "{}"u8.ToArray(),
        TimeoutSeconds = 30,
    };

    public sealed class OnSqlite(SqliteStore store) : TaskTrimTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : TaskTrimTests(store);
}
