namespace Dff.Python.Tests.Pools;

public sealed class WaitLineTests
{
    private const string Blocking = "def f(): return DFF.CONFIG('CUSTOM_X')";

    [Fact]
    public async Task The_wait_line_is_bounded_and_those_in_it_are_served()
    {
        await using var engine = await TestEngine.StartAsync(options => (options.Concurrency, options.MaxWaiting) = (1, 2));
        var script = engine.Script(Blocking, queue: 1);
        var running = script.CallAsync();
        await engine.Host.GateReached.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        var waiting = Enumerable.Range(0, 2).Select(_ => script.CallAsync()).ToArray();
        await engine.PoolBecomesAsync(1, pool => pool.Waiting == 2);

        var refused = await script.CallAsync();
        refused.Should().BeOfKind(PythonOutcomeKind.Congested);
        refused.Waiting.Should().Be(2);

        engine.Host.Gate.SetResult();
        foreach (var outcome in await Task.WhenAll([running, .. waiting])) outcome.Should().HaveReturned("null");
    }

    [Fact]
    public async Task Waiting_calls_are_served_in_their_order()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 1);
        var blocking = engine.Script(Blocking, queue: 1).CallAsync();
        await engine.Host.GateReached.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        var script = engine.Script("import time\ndef f(): return time.monotonic_ns()", queue: 1);
        var calls = new List<Task<PythonOutcome>>();
        for (var i = 0; i < 10; i++) calls.Add(script.CallAsync());
        engine.Host.Gate.SetResult();
        var times = (await Task.WhenAll(calls)).Select(outcome => long.Parse(outcome.RawText(), System.Globalization.CultureInfo.InvariantCulture));
        times.Should().BeInAscendingOrder();
        (await blocking).Should().HaveReturned("null");
    }

    [Fact]
    public async Task A_waiting_call_that_is_cancelled_leaves_the_line_and_does_not_run()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 1);
        var blocking = engine.Script(Blocking, queue: 1).CallAsync();
        await engine.Host.GateReached.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        using var cancellation = new CancellationTokenSource();
        var script = engine.Script("def f(): DFF.STORE.set('ran', 1)", queue: 1);
        var waiting = script.RunCancellablyAsync(script.Call(), cancellation.Token);
        await engine.PoolBecomesAsync(1, pool => pool.Waiting == 1);
        await cancellation.CancelAsync();
        (await waiting).Should().BeOfKind(PythonOutcomeKind.Cancelled);
        engine.Pool(1).Waiting.Should().Be(0);
        engine.Host.Gate.SetResult();
        (await blocking).Should().HaveReturned("null");
        engine.Host.Operations.Should().NotContain("store.set");
    }

    [Fact]
    public async Task Queues_do_not_wait_for_each_other()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 1);
        var blocking = engine.Script(Blocking, queue: 1).CallAsync();
        await engine.Host.GateReached.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        (await engine.Script("def f(): return 2", queue: 2).CallAsync()).Should().HaveReturned("2");
        blocking.IsCompleted.Should().BeFalse();
        engine.Host.Gate.SetResult();
        await blocking;
    }
}
