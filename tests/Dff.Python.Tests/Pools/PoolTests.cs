using Microsoft.Extensions.Time.Testing;

namespace Dff.Python.Tests.Pools;

public sealed class PoolTests
{
    private const string Slow = "import time\ndef f(): time.sleep(0.2)";

    [Fact]
    public async Task A_queue_without_calls_holds_no_processes()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Engine.GetReport().Pools.Should().BeEmpty();
        engine.Engine.GetReport().IsReady.Should().BeTrue();
    }

    [Fact]
    public async Task Calls_one_after_the_other_use_one_process_and_a_spare()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 5);
        var script = engine.Script("import sys, uuid\ndef f():\n    sys.my_mark = getattr(sys, 'my_mark', uuid.uuid4().hex)\n    return sys.my_mark", queue: 1);
        var marks = new List<string>();
        for (var i = 0; i < 20; i++) marks.Add((await script.CallAsync()).RawText());
        await engine.PoolBecomesAsync(1, pool => pool.Processes == 2);
        marks.Distinct().Should().HaveCount(1);
    }

    [Fact]
    public async Task A_pool_grows_to_its_concurrency_and_one_spare()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 3);
        var script = engine.Script(Slow, queue: 1);
        var calls = Enumerable.Range(0, 9).Select(_ => script.CallAsync()).ToArray();
        await engine.PoolBecomesAsync(1, pool => pool is { Busy: 3, Processes: 4 });
        foreach (var outcome in await Task.WhenAll(calls)) outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        engine.Pool(1).Should().BeEquivalentTo(new { Busy = 0, Waiting = 0, Concurrency = 3, Processes = 4 });
    }

    [Fact]
    public async Task A_process_is_replaced_after_its_calls_by_a_spare_that_is_there_already()
    {
        await using var engine = await TestEngine.StartAsync(options => (options.Concurrency, options.MaxCallsPerProcess) = (1, 3));
        var script = engine.Script("import sys, uuid\ndef f():\n    sys.my_mark = getattr(sys, 'my_mark', uuid.uuid4().hex)\n    return sys.my_mark", queue: 1);
        var marks = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            var ready = engine.Engine.GetReport().Pools.SelectMany(pool => pool.ProcessIds).ToArray();
            marks.Add((await script.CallAsync()).RawText());
            if (i % 3 != 2) ready.Should().BeSubsetOf(engine.Pool(1).ProcessIds);

            // The third call wears a process out; its successor stands ready while it still runs.
            await engine.PoolBecomesAsync(1, pool => pool.Processes == (i % 3 == 2 ? 1 : 2));
        }

        marks.GroupBy(mark => mark).Select(group => group.Count()).Should().Equal(3, 3, 3);
    }

    [Fact]
    public async Task More_concurrency_is_used_at_once_and_less_lets_processes_go()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 1);
        var script = engine.Script(Slow, queue: 1);
        var calls = Enumerable.Range(0, 12).Select(_ => script.CallAsync()).ToArray();
        await engine.PoolBecomesAsync(1, pool => pool.Busy == 1);
        engine.Engine.SetConcurrency(1, 4);
        await engine.PoolBecomesAsync(1, pool => pool is { Busy: 4, Concurrency: 4 });
        engine.Engine.SetConcurrency(1, 1);
        await engine.PoolBecomesAsync(1, pool => pool is { Busy: <= 1, Processes: <= 2 });
        foreach (var outcome in await Task.WhenAll(calls)) outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_queue_that_is_not_called_any_more_gives_its_processes_back()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var engine = await TestEngine.StartAsync(time: time);
        var script = engine.Script("def f(): return 1", queue: 1);
        (await script.CallAsync()).Should().HaveReturned("1");
        await engine.PoolBecomesAsync(1, pool => pool.Processes == 2);
        var processes = engine.Pool(1).ProcessIds;

        time.Advance(TimeSpan.FromMinutes(4));
        engine.Pool(1).Processes.Should().Be(2);
        time.Advance(TimeSpan.FromMinutes(2));
        engine.Pool(1).Processes.Should().Be(0);
        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return processes.All(ProcessTable.IsGone);
        });
        (await script.CallAsync()).Should().HaveReturned("1");
    }

    [Fact]
    public async Task Concurrency_outside_its_range_is_refused()
    {
        await using var engine = await TestEngine.StartAsync();
        foreach (var processes in (int[])[0, -1, 1001])
        {
            var setting = () => engine.Engine.SetConcurrency(1, processes);
            setting.Should().Throw<ArgumentOutOfRangeException>();
        }
    }
}
