using Dff.Storage.Lists;
using Dff.Storage.Records;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Storage.Tests;

/// <summary>Rows of what functions printed and how they failed, of slow calls, and the writer behind the answers.</summary>
public abstract class ScriptRecordRowTests(StoreUnderTest store)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_oldest_beyond_the_limit_go_of_each_kind_by_itself()
    {
        await using var database = await store.CreateMigratedAsync();
        var records = new ScriptRecordRepository(database);
        await records.AddAsync([.. Enumerable.Range(0, 10).Select(Log), Failure(1), Failure(2)], CancellationToken.None);

        await records.TrimAsync(3, 5, CancellationToken.None);

        (await records.ListLogsAsync(ListQuery.All, CancellationToken.None)).Rows.Select(row => row.MessageTEXT).Should().Equal("text 9", "text 8", "text 7");
        var failures = (await records.ListFailuresAsync(ListQuery.All, CancellationToken.None)).Rows;
        failures.Select(row => (row.EinfoTEXT, row.Exception, row.TraceInfoJSON?.Text, row.ExecMode, row.ScriptPublishVersion, row.CreateTime))
            .Should().Equal(("einfo 2", "ValueError", """{"a": 2}""", "async", 2, Now), ("einfo 1", "ValueError", """{"a": 1}""", "async", 1, Now));
    }

    [Fact]
    public async Task Slow_calls_add_up_to_one_row_a_route()
    {
        await using var database = await store.CreateMigratedAsync();
        var slow = new SlowApiRepository(database);
        await slow.AddAsync([new SlowCall("GET", "/a", 1000, Now), new SlowCall("GET", "/a", 3000, Now), new SlowCall("POST", "/a", 5000, Now)], CancellationToken.None);
        await slow.AddAsync([new SlowCall("GET", "/a", 2000, Now.AddMinutes(1))], CancellationToken.None);

        var rows = await slow.ListAsync(CancellationToken.None);

        rows.Select(row => (row.ReqMethod, row.ReqRoute, row.Count, row.TotalCost, row.MaxCost, row.LatestCost)).Should().BeEquivalentTo([("GET", "/a", 3L, 6000L, 3000L, 2000L), ("POST", "/a", 1L, 5000L, 5000L, 5000L)]);
        rows.Single(row => row.ReqMethod == "GET").UpdateTime.Should().Be(Now.AddMinutes(1));
        (await slow.DeleteAsync(rows[0].Id, CancellationToken.None)).Should().BeTrue();
        (await slow.DeleteAsync(rows[0].Id, CancellationToken.None)).Should().BeFalse();
        await slow.ClearAsync(CancellationToken.None);
        (await slow.ListAsync(CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_writer_that_stops_has_written_what_it_was_given_but_for_what_the_store_refuses()
    {
        await using var database = await store.CreateMigratedAsync();
        var records = new ScriptRecordRepository(database);
        var writer = new Writer(records);
        await writer.StartAsync(CancellationToken.None);
        // An ID that is there already is refused, and must not keep the others out.
        foreach (var record in (ScriptRecordRow[])[Log(1), Log(1), Failure(3)]) writer.Add(record);

        await writer.StopAsync(CancellationToken.None);

        (await records.ListLogsAsync(ListQuery.All, CancellationToken.None)).Rows.Should().ContainSingle();
        (await records.ListFailuresAsync(ListQuery.All, CancellationToken.None)).Rows.Should().ContainSingle();
    }

    [Fact]
    public async Task Beyond_the_bytes_that_may_wait_records_are_dropped()
    {
        await using var database = await store.CreateMigratedAsync();
        var records = new ScriptRecordRepository(database);
        var writer = new Writer(records) { Size = 40L * 1024 * 1024 };
        writer.Add(Log(1));
        writer.Add(Log(2));
        await writer.StartAsync(CancellationToken.None);
        await writer.StopAsync(CancellationToken.None);
        writer.Add(Log(3));

        await writer.StopAsync(CancellationToken.None);

        (await records.ListLogsAsync(ListQuery.All, CancellationToken.None)).Rows.Select(row => row.MessageTEXT).Should().Equal("text 3", "text 1");
    }

    private static ScriptLogRow Log(int number) => new()
    {
        Id = $"slog-{number}",
        FuncId = "a__b.f",
        TaskId = $"task-{number}",
        ScriptPublishVersion = 1,
        ExecMode = "sync",
        MessageTEXT = $"text {number}",
        CreateTime = Now,
        UpdateTime = Now,
    };

    private static ScriptFailureRow Failure(int number) => new()
    {
        Id = $"sfal-{number}",
        FuncId = "a__b.f",
        ScriptPublishVersion = number,
        ExecMode = "async",
        EinfoTEXT = $"einfo {number}",
        Exception = "ValueError",
        TraceInfoJSON = new RawJson($$"""{"a": {{number}}}"""),
        CreateTime = Now,
        UpdateTime = Now,
    };

    private sealed class Writer(ScriptRecordRepository records) : RecordWriter<ScriptRecordRow>("records", new FakeTimeProvider(), NullLogger.Instance)
    {
        public long Size { get; init; } = 1;

        protected override Task WriteAsync(IReadOnlyList<ScriptRecordRow> batch, CancellationToken cancellationToken) => records.AddAsync(batch, cancellationToken);

        protected override long SizeOf(ScriptRecordRow record) => Size;

        protected override string NameOf(ScriptRecordRow record) => record.Id;
    }

    public sealed class OnSqlite(SqliteStore store) : ScriptRecordRowTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : ScriptRecordRowTests(store);
}
