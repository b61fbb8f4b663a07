namespace Dff.Python.Tests.Faults;

public sealed class ResourceTests(SharedEngine shared)
{
    [Fact]
    public async Task An_allocation_beyond_the_memory_limit_ends_that_call_only()
    {
        var script = shared.Script("def f(): return len(bytearray(10 * 1024**3))");
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.Raised, "MemoryError", "memory");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Memory_that_grows_beyond_the_limit_ends_that_call_only()
    {
        var script = shared.Script("def f():\n    grown = []\n    while True: grown.append(bytearray(16 * 1024**2))");
        var outcome = await script.CallAsync();
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.Raised, PythonOutcomeKind.WorkerExited);
        outcome.ErrorMessage.Should().ContainEquivalentOf("memory");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_result_of_200_MB_is_refused_naming_its_size()
    {
        var script = shared.Script("def f(): return 'x' * 200_000_000");
        var outcome = await script.CallAsync();
        outcome.Should().BeOfKind(PythonOutcomeKind.ResultUnusable);
        outcome.ErrorMessage.Should().Contain("200000002").And.Contain("104857600");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_fork_bomb_is_stopped_and_nobody_else_notices()
    {
        var neighbour = shared.Script("import time\ndef f():\n    time.sleep(1)\n    return 'unharmed'").CallAsync();
        var script = shared.Script("import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass");
        var outcome = await script.CallAsync(timeout: 1);
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.TimedOut, PythonOutcomeKind.WorkerExited, PythonOutcomeKind.Raised);
        (await neighbour).Should().HaveReturned("\"unharmed\"");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Threads_beyond_the_limit_are_an_error_of_that_call_only()
    {
        var script = shared.Script("import threading, time\ndef f():\n    for _ in range(500): threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()");
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.Raised, "RuntimeError", "thread");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Descriptors_beyond_the_limit_are_an_error_of_that_call_only()
    {
        var script = shared.Script("def f():\n    held = []\n    while True: held.append(open('/dev/null'))");
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.Raised, "OSError", "Too many open files");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Descriptors_left_open_do_not_use_a_process_up()
    {
        var script = shared.Script("import os\ndef f():\n    return [os.open('/dev/null', os.O_RDONLY) for _ in range(100)][0] >= 0");
        for (var i = 0; i < 15; i++) (await script.CallAsync()).Kind.Should().BeOneOf(PythonOutcomeKind.Succeeded, PythonOutcomeKind.Raised);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_file_larger_than_allowed_is_an_error_of_that_call_only()
    {
        var script = shared.Script("def f():\n    with open('big', 'wb') as file: file.truncate(64 * 1024**3)");
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.Raised, "OSError", "File too large");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Directories_nested_deeper_than_a_path_can_name_disturb_nobody()
    {
        await using var engine = await TestEngine.StartAsync();
        var script = engine.Script("""
            import os
            def f():
                for _ in range(5000):
                    os.mkdir('d')
                    os.chdir('d')
                os._exit(1)
            """);
        var zygote = engine.Engine.GetReport().ZygoteProcessId;
        (await script.CallAsync()).Should().BeOfKind(PythonOutcomeKind.WorkerExited);
        await script.NextCallSucceedsAsync();
        engine.Engine.GetReport().ZygoteProcessId.Should().Be(zygote);
    }

    [Fact]
    public async Task A_full_disk_is_an_error_of_that_call_only()
    {
        await using var machine = await HostProcess.StartAsync(tinyRunDirectory: true);
        var outcome = await machine.CallAsync("""
            import os
            def f():
                with open(os.path.join(os.environ['TMPDIR'], 'fill'), 'wb') as file:
                    while True: file.write(bytes(65536))
            """);
        outcome.Kind.Should().Be("Raised");
        outcome.Message.Should().Contain("No space left on device");

        // Still full: print, results and code need no disk.
        var next = await machine.CallAsync("def f():\n    print('x' * 100_000)\n    return 'served'");
        next.Raw.Should().Be("\"served\"");
    }
}
