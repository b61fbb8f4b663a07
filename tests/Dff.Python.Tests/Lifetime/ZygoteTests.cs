using Microsoft.Extensions.Time.Testing;

namespace Dff.Python.Tests.Lifetime;

public sealed class ZygoteTests
{
    [Fact]
    public async Task A_killed_zygote_ends_its_calls_as_lost_and_the_next_one_serves()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 1);
        var script = engine.Script("import time\ndef f(wait):\n    print('in')\n    time.sleep(wait)\n    return 'done'", queue: 1);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = script.RunAsync(script.Call(kwargs: new { wait = 3600 }, timeout: 3600, onLog: _ => started.TrySetResult()));
        await started.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        var waiting = script.CallAsync(kwargs: new { wait = 0 });
        var workers = engine.Pool(1).ProcessIds;
        var zygote = engine.Engine.GetReport().ZygoteProcessId!.Value;

        ProcessTable.Kill(zygote);
        (await running).Should().BeOfKind(PythonOutcomeKind.WorkerLost);
        (await waiting).Should().HaveReturned("\"done\"");
        await Eventually.IsTrueAsync(() => workers.All(ProcessTable.IsGone));
        engine.Engine.GetReport().ZygoteProcessId.Should().NotBe(zygote);
        engine.Engine.GetReport().IsReady.Should().BeTrue();
    }

    [Fact]
    public async Task What_user_code_had_daemonised_does_not_outlive_a_killed_zygote()
    {
        await using var engine = await TestEngine.StartAsync();
        var script = engine.Script("""
            import os, time
            def f():
                if os.fork() == 0:
                    os.setsid()
                    if os.fork(): os._exit(0)
                    time.sleep(3600)
                print('in')
                time.sleep(3600)
            """, queue: 1);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = script.RunAsync(script.Call(timeout: 3600, onLog: _ => started.TrySetResult()));
        await started.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        var zygote = engine.Engine.GetReport().ZygoteProcessId!.Value;
        var all = ProcessTable.DescendantsOf(zygote);
        all.Should().HaveCountGreaterThanOrEqualTo(2);

        ProcessTable.Kill(zygote);
        (await running).Should().BeOfKind(PythonOutcomeKind.WorkerLost);
        await Eventually.IsTrueAsync(() => all.All(ProcessTable.IsGone));
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_zygote_that_does_not_obey_is_replaced()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var engine = await TestEngine.StartAsync(time: time);
        var script = engine.Script("import time\ndef f():\n    print('in')\n    time.sleep(3600)", queue: 1);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancellation = new CancellationTokenSource();
        var running = script.RunCancellablyAsync(script.Call(timeout: 3600, onLog: _ => started.TrySetResult()), cancellation.Token);
        await started.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        var zygote = engine.Engine.GetReport().ZygoteProcessId!.Value;

        // For a plain user the first process only stands for the zygote in the silo's namespace.
        ProcessTable.Stop(Environment.IsPrivilegedProcess ? zygote : ProcessTable.ChildrenOf(zygote).Single());
        await cancellation.CancelAsync();
        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return engine.Engine.GetReport().ZygoteProcessId is { } next && next != zygote;
        });
        (await running).Should().BeOfKind(PythonOutcomeKind.Cancelled);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_zygote_killed_again_and_again_is_started_again_and_again()
    {
        await using var engine = await TestEngine.StartAsync();
        var script = engine.Script("def f(): return 1", queue: 1);
        for (var i = 0; i < 3; i++)
        {
            (await script.CallAsync()).Should().HaveReturned("1");
            var zygote = engine.Engine.GetReport().ZygoteProcessId!.Value;
            ProcessTable.Kill(zygote);
            await Eventually.IsTrueAsync(() => engine.Engine.GetReport().ZygoteProcessId is { } next && next != zygote);
        }

        await script.NextCallSucceedsAsync();
    }
}
