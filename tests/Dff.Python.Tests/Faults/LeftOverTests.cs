namespace Dff.Python.Tests.Faults;

public sealed class LeftOverTests(SharedEngine shared)
{
    [Theory]
    [InlineData("threading.Thread(target=beat, daemon=True).start()")]
    [InlineData("threading.Thread(target=beat).start()")]
    [InlineData("os.fork() or beat()")]
    [InlineData("(os.fork() or (os.setsid(), beat()))")]
    [InlineData("(os.fork() or (os.setsid(), os.fork() or beat(), os._exit(0)))")]
    [InlineData("subprocess.Popen(['sleep', '3600'], start_new_session=True)")]
    public async Task What_a_call_leaves_behind_is_gone_and_the_next_call_does_not_wait(string statement)
    {
        var script = shared.Script($"""
            import os, subprocess, threading, time
            def beat():
                while True: time.sleep(0.01)
            def f():
                {statement}
                return 'answered'
            """);
        (await script.CallAsync()).Should().HaveReturned("\"answered\"");
        await script.NextCallSucceedsAsync();

        // The process that ran it is replaced, and with it went all it had started.
        await EverythingOfQueueIsGoneButWorkersAsync(script);
    }

    [Fact]
    public async Task A_thread_that_ends_soon_after_the_answer_costs_no_process()
    {
        var script = shared.Script("import threading, time\ndef f():\n    threading.Thread(target=time.sleep, args=(0.02,)).start()\n    return 1");
        (await shared.Engine.Script("def f(): pass", script.Queue).CallAsync()).Should().BeOfKind(PythonOutcomeKind.Succeeded);
        await shared.Engine.PoolBecomesAsync(script.Queue, pool => pool.Processes == 2);
        var before = shared.Engine.Pool(script.Queue).ProcessIds;
        for (var i = 0; i < 5; i++) (await script.CallAsync()).Should().HaveReturned("1");
        shared.Engine.Pool(script.Queue).ProcessIds.Should().Contain(before);
    }

    [Fact]
    public async Task A_question_of_a_left_over_thread_reaches_nobody()
    {
        var script = shared.Script("""
            import threading, time
            def late():
                time.sleep(0.03)
                DFF.STORE.set('late', 1)
            def f():
                threading.Thread(target=late).start()
            """);
        (await script.CallAsync()).Should().BeOfKind(PythonOutcomeKind.Succeeded);
        await script.NextCallSucceedsAsync();
        await Eventually.IsTrueAsync(() => shared.Engine.Pool(script.Queue).Busy == 0);
        var stored = shared.Engine.Script($"def f(): return DFF.STORE.get('late', scope='{script.Id}')", script.Queue);
        for (var i = 0; i < 3; i++) (await stored.CallAsync()).Should().HaveReturned("null");
    }

    /// <summary>No process descends from the queue's workers, nor runs as one of their users.</summary>
    private async Task EverythingOfQueueIsGoneButWorkersAsync(TestScript script)
    {
        await Eventually.IsTrueAsync(() =>
        {
            var workers = shared.Engine.Pool(script.Queue).ProcessIds;
            return workers.Count > 0 && workers.All(worker => ProcessTable.ChildrenOf(worker).Count == 0);
        });
        var probe = shared.Engine.Script("import threading\ndef f(): return threading.active_count()", script.Queue);
        (await probe.CallAsync()).Should().HaveReturned("1");
    }
}
