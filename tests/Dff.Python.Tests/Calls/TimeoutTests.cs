namespace Dff.Python.Tests.Calls;

public sealed class TimeoutTests(SharedEngine shared)
{
    [Fact]
    public async Task An_endless_loop_is_interrupted_at_its_timeout()
    {
        var script = shared.Script("def f():\n    while True: pass");
        (await script.CallAsync(timeout: 0.5)).Should().HaveFailed(PythonOutcomeKind.TimedOut, "FuncTimeout", "0.5");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_sleep_is_interrupted_at_its_timeout_and_the_process_lives_on()
    {
        var script = shared.Script("import time\ndef f():\n    try: time.sleep(3600)\n    finally: print('cleaned up')");
        (await shared.Engine.Script("def f(): pass", script.Queue).CallAsync()).Should().BeOfKind(PythonOutcomeKind.Succeeded);
        var before = shared.Engine.Pool(script.Queue).ProcessIds;
        var outcome = await script.CallAsync(timeout: 0.5);
        outcome.Should().BeOfKind(PythonOutcomeKind.TimedOut);
        outcome.LogText().Should().Be("cleaned up");
        shared.Engine.Pool(script.Queue).ProcessIds.Should().Contain(before);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_function_that_catches_everything_is_killed()
    {
        var script = shared.Script("import time\ndef f():\n    print('in')\n    while True:\n        try: time.sleep(10)\n        except BaseException: pass");
        var outcome = await script.CallAsync(timeout: 0.5);
        outcome.Should().HaveFailed(PythonOutcomeKind.TimedOut, "TimedOut", "killed");
        outcome.LogText().Should().Be("in");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_function_that_blocks_every_signal_is_killed()
    {
        var script = shared.Script("""
            import signal, time
            def f():
                signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, signal.NSIG)) - {32, 33})
                while True: time.sleep(10)
            """);
        (await script.CallAsync(timeout: 0.5)).Should().HaveFailed(PythonOutcomeKind.TimedOut, "TimedOut", "killed");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_stopped_process_is_killed()
    {
        var script = shared.Script("import os, signal\ndef f():\n    os.kill(os.getpid(), signal.SIGSTOP)\n    while True: pass");
        (await script.CallAsync(timeout: 0.5)).Should().BeOfKind(PythonOutcomeKind.TimedOut);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_long_call_after_a_short_one_gets_all_of_its_own_time()
    {
        var script = shared.Script("import time\ndef f(wait):\n    time.sleep(wait)\n    return wait");
        (await script.CallAsync(kwargs: new { wait = 0 }, timeout: 0.1)).Should().HaveReturned("0");

        // Past the kill time of the call before.
        (await script.CallAsync(kwargs: new { wait = 2 }, timeout: 30)).Should().HaveReturned("2");
    }

    [Fact]
    public async Task A_cancelled_call_is_killed_and_the_next_one_served()
    {
        var script = shared.Script("import time\ndef f():\n    print('in')\n    time.sleep(3600)");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancellation = new CancellationTokenSource();
        var running = script.RunCancellablyAsync(script.Call(timeout: 3600, onLog: _ => started.TrySetResult()), cancellation.Token);
        await started.Task.WaitAsync(TestEngine.Limit, CancellationToken.None);
        await cancellation.CancelAsync();
        (await running).Should().BeOfKind(PythonOutcomeKind.Cancelled);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_call_cancelled_beforehand_does_not_run()
    {
        var script = shared.Script("def f(): DFF.STORE.set('ran', 1)");
        (await script.RunCancellablyAsync(script.Call(), new CancellationToken(canceled: true))).Should().BeOfKind(PythonOutcomeKind.Cancelled);
        (await shared.Engine.Script($"def f(): return DFF.STORE.get('ran', scope='{script.Id}')", script.Queue).CallAsync()).Should().HaveReturned("null");
    }
}
