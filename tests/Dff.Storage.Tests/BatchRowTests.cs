using Dapper;
using Dff.Abstractions.Tasks;
using Dff.Storage.Batches;
using Dff.Storage.Changes;
using Dff.Storage.Lists;
using Dff.Storage.Reconciliation;
using Dff.Storage.Scripts;
using Dff.Storage.Tasks;
using FluentAssertions;

namespace Dff.Storage.Tests;

/// <summary>The rows of batches, and their tasks.</summary>
public abstract class BatchRowTests(StoreUnderTest store)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    private readonly BatchRepository _batches = new(store.Database, new ChangeLog(store.Database, TimeProvider.System));

    [Fact]
    public async Task A_row_is_written_by_newer_states_only_and_each_change_is_logged()
    {
        var (id, changes) = (NewId(), new ChangeLog(store.Database, TimeProvider.System));
        var before = await changes.CurrentAsync(CancellationToken.None);
        await _batches.ProjectAsync(Row(id, 1) with { TagsJSON = new RawJson("""["a"]"""), Note = "first", TaskRecordLimit = 5, ShowInDoc = true }, CancellationToken.None);
        await _batches.ProjectAsync(Row(id, 3) with { Note = "third", IsDisabled = true }, CancellationToken.None);
        await _batches.ProjectAsync(Row(id, 2) with { Note = "second" }, CancellationToken.None);

        (await _batches.FindAsync(id, CancellationToken.None)).Should().Be(Row(id, 3) with { Note = "third", IsDisabled = true });
        await _batches.DeleteAsync(id, 2, CancellationToken.None);
        (await _batches.FindAsync(id, CancellationToken.None)).Should().NotBeNull("a newer state has written it");
        await _batches.DeleteAsync(id, 4, CancellationToken.None);
        (await _batches.FindAsync(id, CancellationToken.None)).Should().BeNull();
        (await changes.ReadSinceAsync(before, CancellationToken.None)).Entries.Where(entry => entry is { Kind: "batch" } && entry.EntityKey == id).Should().HaveCount(5);
    }

    [Fact]
    public async Task The_longest_note_and_many_tags_fit()
    {
        var id = NewId();
        var tags = $"[{string.Join(',', Enumerable.Range(0, 3000).Select(index => $"\"标签{index}\""))}]";
        var row = Row(id, 1) with { Note = new string('空', 65535), TagsJSON = new RawJson(tags) };

        await _batches.ProjectAsync(row, CancellationToken.None);

        (await _batches.FindAsync(id, CancellationToken.None)).Should().Be(row);
    }

    [Fact]
    public async Task Batches_are_filtered_by_their_fields_and_those_of_their_function()
    {
        var prefix = NewId();
        var script = Rows.Script($"{prefix}__a", 1, publishVersion: 4, code: "c", functions: ["f"]);
        await new ScriptRepository(store.Database, new ChangeLog(store.Database, TimeProvider.System), TimeProvider.System).ProjectAsync(script, CancellationToken.None);
        await _batches.ProjectAsync(Row($"{prefix}a", 1) with { FuncId = $"{prefix}__a.f", TagsJSON = new RawJson("""["red","日"]""") }, CancellationToken.None);
        await _batches.ProjectAsync(Row($"{prefix}b", 1) with { Origin = "UI", TagsJSON = new RawJson("""["blue"]""") }, CancellationToken.None);
        await _batches.ProjectAsync(Row($"{prefix}c", 1), CancellationToken.None);

        async Task<IReadOnlyList<string>> IdsAsync(params ListFilter[] filters) =>
            [.. (await _batches.ListAsync(new ListQuery { NoPage = true, Fuzzy = prefix, Filters = filters }, false, CancellationToken.None)).Rows.Select(row => row.Id[prefix.Length..])];

        (await IdsAsync()).Should().Equal("c", "b", "a");
        (await IdsAsync(new ListFilter("tags", ["日", "blue"]))).Should().Equal("b", "a");
        (await IdsAsync(new ListFilter("tags", ["RED", "Blue"]))).Should().BeEmpty("tags are told apart by case");
        (await IdsAsync(new ListFilter("tags", []))).Should().Equal("c");
        (await IdsAsync(new ListFilter("origin", ["UI"]))).Should().Equal("b");
        (await IdsAsync(new ListFilter("originId", ["any"]))).Should().BeEmpty();
        (await IdsAsync(new ListFilter("originId", []))).Should().Equal("c", "b", "a");
        (await IdsAsync(new ListFilter("func_scriptId", [$"{prefix}__a"]), new ListFilter("func_scriptSetId", [prefix]))).Should().Equal("a");
        var row = (await _batches.ListAsync(new ListQuery { Filters = [new ListFilter("id", [$"{prefix}a"])] }, false, CancellationToken.None)).Rows.Single();
        (row.FuncTitle, row.ScptPublishVersion, row.TaskInfoCount).Should().Be(("Title of f", 4, null));
    }

    [Fact]
    public async Task Tasks_are_listed_and_counted_by_their_batch()
    {
        var (mine, other) = (NewId(), NewId());
        await _batches.ProjectAsync(Row(mine, 1), CancellationToken.None);
        var tasks = new TaskRepository(store.Database);
        var queue = Random.Shared.Next(1000, int.MaxValue);
        var writer = tasks.Writer(queue, (await tasks.OpenAsync(queue, CancellationToken.None)).Epoch);
        await QueueAsync($"{mine}1", "batch", mine);
        await QueueAsync($"{mine}2", "batch", mine);
        await QueueAsync($"{mine}3", "batch", other);
        await QueueAsync($"{mine}4", "authLink", mine);
        await writer.WriteAsync(new TaskBegin($"{mine}1", 1, "S1", Now.AddSeconds(1)));
        await writer.WriteAsync(new TaskFinish($"{mine}1", RunStatus.Timeout, Now.AddSeconds(2))
        {
            ScriptPublishVersion = 3,
            EinfoTEXT = "Timeout: Too Long",
            Log = new TaskLogRow { LogMessageTEXT = "one\ntwo" },
        });

        async Task<IReadOnlyList<string>> IdsAsync(string? fuzzy, params ListFilter[] filters) =>
            [.. (await _batches.ListTaskInfosAsync(new ListQuery { Fuzzy = fuzzy, Filters = filters }, CancellationToken.None)).Rows.Select(row => row.Id[mine.Length..])];

        (await IdsAsync(null, new ListFilter("batchId", [mine]))).Should().Equal("2", "1");
        (await IdsAsync(mine)).Should().Equal("3", "2", "1");
        (await IdsAsync("too long", new ListFilter("batchId", [mine]))).Should().Equal("1");
        (await IdsAsync(null, new ListFilter("funcId", [$"{mine}__a.f"]))).Should().Equal("3", "2", "1");
        (await IdsAsync(null, new ListFilter("id", [$"{mine}4"]))).Should().BeEmpty("it is no batch's");
        (await IdsAsync(mine, new ListFilter("func_scriptId", []))).Should().Equal("3", "2", "1");
        (await IdsAsync(mine, new ListFilter("func_tags", ["any"]))).Should().BeEmpty();
        var infos = await _batches.ListTaskInfosAsync(new ListQuery { PageNumber = 2, PageSize = 1, Filters = [new ListFilter("batchId", [mine])] }, CancellationToken.None);
        infos.TotalCount.Should().Be(2);
        infos.Rows.Single().Should().BeEquivalentTo(new
        {
            BatchId = mine,
            FuncId = $"{mine}__a.f",
            Status = "failure",
            TaskStatus = RunStatus.Timeout,
            ScriptPublishVersion = 3,
            QueueTime = Now,
            StartTime = Now.AddSeconds(1),
            EndTime = Now.AddSeconds(2),
            CreateTime = Now,
            UpdateTime = Now.AddSeconds(2),
            LogMessageTEXT = "one\ntwo",
            EinfoTEXT = "Timeout: Too Long",
        });
        (await _batches.ListAsync(new ListQuery { Filters = [new ListFilter("id", [mine])] }, withTaskInfoCount: true, CancellationToken.None)).Rows.Single().TaskInfoCount.Should().Be(2);

        Task QueueAsync(string id, string origin, string originId) => writer.InsertAsync(new TaskInsert(
            new NewTask { TaskId = id, FuncId = $"{mine}__a.f", Origin = origin, OriginId = originId, ExecMode = "async", Kwargs = "{}"u8.ToArray(), TimeoutSeconds = 30 }, Now));
    }

    [Fact]
    public async Task A_row_behind_its_state_is_found()
    {
        await using var database = await store.CreateMigratedAsync();
        var batches = new BatchRepository(database, new ChangeLog(database, TimeProvider.System));
        await batches.ProjectAsync(Row("same", 1), CancellationToken.None);
        await batches.ProjectAsync(Row("older", 1), CancellationToken.None);
        await batches.ProjectAsync(Row("cleared", 1), CancellationToken.None);
        await StateAsync("same", 1, [1]);
        await StateAsync("older", 2, [1]);
        await StateAsync("missing", 1, [1]);
        await StateAsync("cleared", 2, null);

        var behind = await new ReconcileRepository(database).FindBehindAsync(CancellationToken.None);

        behind.Should().BeEquivalentTo([new BehindProjection("batch", "older"), new BehindProjection("batch", "missing"), new BehindProjection("batch", "cleared")]);

        async Task StateAsync(string id, int version, byte[]? payload)
        {
            await using var connection = await database.OpenAsync(CancellationToken.None);
            await connection.ExecuteAsync(
                """
                INSERT INTO OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
                VALUES (1, 0, 0, 1, 'batch', @id, 'dff', @payload, @now, @version)
                """,
                new { id, payload, now = "2026-01-01 00:00:00", version });
        }
    }

    private static string NewId() => $"b{Guid.NewGuid():N}";

    private static BatchProjection Row(string id, long version) => new()
    {
        Id = id,
        FuncId = "none__none.none",
        FuncCallKwargsJSON = new RawJson("""{"x":1}"""),
        Origin = "API",
        CreateTime = Now,
        UpdateTime = Now,
        GrainVersion = version,
    };

    public sealed class OnSqlite(SqliteStore store) : BatchRowTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : BatchRowTests(store);
}
