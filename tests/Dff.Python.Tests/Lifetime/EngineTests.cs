using Microsoft.Extensions.Logging.Abstractions;

namespace Dff.Python.Tests.Lifetime;

public sealed class EngineTests
{
    [Fact]
    public async Task A_disposed_engine_leaves_no_process_and_no_directory()
    {
        var engine = await TestEngine.StartAsync();
        var script = engine.Script("import time\ndef f():\n    print('in')\n    time.sleep(3600)", queue: 1);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = script.RunAsync(script.Call(timeout: 3600, onLog: _ => started.TrySetResult()));
        await started.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        var zygote = engine.Engine.GetReport().ZygoteProcessId!.Value;
        var all = ProcessTable.DescendantsOf(zygote);

        await engine.Engine.DisposeAsync();
        (await running).Should().HaveFailed(PythonOutcomeKind.WorkerLost, "WorkerLost", "stopping");
        all.Append(zygote).Should().OnlyContain(processId => ProcessTable.IsGone(processId));
        Directory.Exists(engine.Options.RunDirectory).Should().BeFalse();
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.WorkerLost, "WorkerLost", "did not run");
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task A_run_directory_that_workers_cannot_reach_is_refused_by_the_directory_that_stops_them()
    {
        using var directory = new TestDirectory();
        File.SetUnixFileMode(directory.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var engine = new PythonEngine(directory.Options(), new MemoryHost(TimeProvider.System), TimeProvider.System, NullLogger<PythonEngine>.Instance);

        var start = () => engine.StartAsync(TestContext.Current.CancellationToken);

        // Workers have uids of their own only where the silo is root.
        if (Environment.UserName == "root") (await start.Should().ThrowAsync<PythonEngineException>()).WithMessage($"*cannot pass {directory.Root}*TMPDIR*");
        else await start.Should().NotThrowAsync();
    }

    [Fact]
    public async Task Draining_lets_calls_under_way_end_and_refuses_new_ones()
    {
        await using var engine = await TestEngine.StartAsync();
        var script = engine.Script("def f(): return DFF.CONFIG('CUSTOM_X')", queue: 1);
        var running = script.CallAsync();
        await engine.Host.GateReached.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        var draining = engine.Engine.DrainAsync(TestEngine.Limit);
        (await script.CallAsync()).Should().BeOfKind(PythonOutcomeKind.WorkerLost);
        engine.Engine.GetReport().IsReady.Should().BeFalse();
        engine.Host.Gate.SetResult();
        (await running).Should().HaveReturned("null");
        await draining.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Draining_kills_what_is_not_done_at_its_limit()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Concurrency = 1);
        var script = engine.Script("def f():\n    while True: pass", queue: 1);
        Task<PythonOutcome>[] calls = [script.CallAsync(timeout: 3600), script.CallAsync(timeout: 3600)];
        await engine.PoolBecomesAsync(1, pool => pool is { Busy: 1, Waiting: 1 });
        await engine.Engine.DrainAsync(TimeSpan.FromMilliseconds(100)).WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        foreach (var outcome in await Task.WhenAll(calls)) outcome.Should().BeOfKind(PythonOutcomeKind.WorkerLost);
    }

    [Fact]
    public async Task A_silo_killed_with_SIGKILL_leaves_no_process_behind()
    {
        await using var silo = await HostProcess.StartAsync();
        (await silo.CallAsync("def f(): return 1")).Raw.Should().Be("1");
        await silo.SendAsync("""
            import os, subprocess, time
            def f():
                subprocess.Popen(['sleep', '3600'], start_new_session=True)
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(3600)
                print('in')
                while True:
                    try: time.sleep(3600)
                    except BaseException: pass
            """, timeout: 3600);
        await silo.ReadAsync("log");
        var all = ProcessTable.DescendantsOf(silo.ProcessId);
        all.Should().HaveCountGreaterThanOrEqualTo(4);
        await silo.KillAsync();
        await Eventually.IsTrueAsync(() => all.All(ProcessTable.IsGone));
    }

    [Fact]
    public async Task Two_engines_side_by_side_do_not_touch_each_other()
    {
        await using var one = await TestEngine.StartAsync();
        await using var other = await TestEngine.StartAsync();
        var killing = one.Script("import os, time\ndef f():\n    time.sleep(0.2)\n    os.kill(-1, 9)\n    return os.getuid()", queue: 1);
        var living = other.Script("import os, time\ndef f():\n    time.sleep(1)\n    return os.getuid()", queue: 1);
        var results = await Task.WhenAll(living.CallAsync(), killing.CallAsync());
        results[0].Should().BeOfKind(PythonOutcomeKind.Succeeded);
        if (Environment.IsPrivilegedProcess && results[1].Kind == PythonOutcomeKind.Succeeded) results[0].RawText().Should().NotBe(results[1].RawText());
        await one.DisposeAsync();
        await living.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Without_isolation_calls_run_and_left_overs_are_still_cleared()
    {
        await using var engine = await TestEngine.StartAsync(options => options.Isolate = false);
        engine.Engine.GetReport().Isolation.Should().Be("none");
        var script = engine.Script("import subprocess\ndef f(): return subprocess.Popen(['sleep', '3600'], start_new_session=True).pid", queue: 1);
        var outcome = await script.CallAsync();
        outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        var left = int.Parse(outcome.RawText(), System.Globalization.CultureInfo.InvariantCulture);
        await script.NextCallSucceedsAsync();
        await Eventually.IsTrueAsync(() => ProcessTable.IsGone(left));
    }

    [Fact]
    public async Task A_second_engine_on_the_same_run_directory_is_refused()
    {
        await using var engine = await TestEngine.StartAsync();
        await using var second = new PythonEngine(engine.Options, engine.Host, TimeProvider.System, NullLogger<PythonEngine>.Instance);
        var starting = () => second.StartAsync(TestContext.Current.CancellationToken);
        await starting.Should().ThrowAsync<PythonEngineException>();
        (await engine.Script("def f(): return 1").CallAsync()).Should().HaveReturned("1");
    }

    [Fact]
    public async Task A_run_directory_with_files_of_others_is_refused_and_left_alone()
    {
        using var directory = new TestDirectory();
        Directory.CreateDirectory(directory.Run);
        var file = Path.Combine(directory.Run, "precious");
        File.WriteAllText(file, "");
        await using var engine = new PythonEngine(directory.Options(), new MemoryHost(TimeProvider.System), TimeProvider.System, NullLogger<PythonEngine>.Instance);
        var starting = () => engine.StartAsync(TestContext.Current.CancellationToken);
        await starting.Should().ThrowAsync<PythonEngineException>().WithMessage("*path of its own*");
        File.Exists(file).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Uids_of_people_are_not_taken_for_workers(int first)
    {
        using var directory = new TestDirectory();
        var options = directory.Options();
        options.WorkerUidBase = first;
        await using var engine = new PythonEngine(options, new MemoryHost(TimeProvider.System), TimeProvider.System, NullLogger<PythonEngine>.Instance);
        var starting = () => engine.StartAsync(TestContext.Current.CancellationToken);
        if (Environment.IsPrivilegedProcess) await starting.Should().ThrowAsync<PythonEngineException>().WithMessage("*WorkerUidBase*");
        else await starting.Should().NotThrowAsync("a plain user cannot give workers uids anyway");
    }

    [Fact]
    public async Task Without_a_usable_Python_the_start_says_what_was_tried()
    {
        using var directory = new TestDirectory();
        var options = directory.Options();
        options.Executable = "/bin/false";
        await using var engine = new PythonEngine(options, new MemoryHost(TimeProvider.System), TimeProvider.System, NullLogger<PythonEngine>.Instance);
        var starting = () => engine.StartAsync(TestContext.Current.CancellationToken);
        await starting.Should().ThrowAsync<PythonEngineException>().WithMessage("*/bin/false*");
    }
}
