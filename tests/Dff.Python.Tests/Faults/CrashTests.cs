namespace Dff.Python.Tests.Faults;

public sealed class CrashTests(SharedEngine shared)
{
    [Fact]
    public async Task An_exit_of_the_process_ends_that_call_only()
    {
        var script = shared.Script("import os\ndef f():\n    print('before')\n    os._exit(3)");
        var outcome = await script.CallAsync();
        outcome.Should().HaveFailed(PythonOutcomeKind.WorkerExited, "WorkerExited", "ended its process with exit code 3");
        outcome.LogText().Should().Be("before");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_crash_ends_that_call_only()
    {
        var crashing = shared.Script("import ctypes\ndef f(): ctypes.string_at(0)");
        var neighbour = shared.Engine.Script("import time\ndef f():\n    time.sleep(0.3)\n    return 'unharmed'", crashing.Queue);
        var beside = neighbour.CallAsync();
        (await crashing.CallAsync()).Should().HaveFailed(PythonOutcomeKind.WorkerExited, "WorkerExited", "signal 11 (SIGSEGV)");
        (await beside).Should().HaveReturned("\"unharmed\"");
        await crashing.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task An_abort_ends_that_call_only()
    {
        // The first process of a PID namespace cannot be aborted, so abort() ends it by SIGSEGV there.
        var script = shared.Script("import os\ndef f(): os.abort()");
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.WorkerExited, "WorkerExited", "crashed with signal");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_crash_in_every_call_does_not_wear_the_queue_out()
    {
        var script = shared.Script("import os\ndef f(): os._exit(1)");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => script.CallAsync()));
        outcomes.Should().OnlyContain(outcome => outcome.Kind == PythonOutcomeKind.WorkerExited);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Closing_every_descriptor_ends_that_call_only()
    {
        var script = shared.Script("import os\ndef f():\n    os.closerange(0, 65536)\n    return 1");
        var outcome = await script.CallAsync(timeout: 2);
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.Succeeded, PythonOutcomeKind.WorkerExited, PythonOutcomeKind.Raised);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Closing_the_usual_descriptors_disturbs_nothing()
    {
        var script = shared.Script("import os\ndef f():\n    os.closerange(0, 10)\n    print('still logged')\n    return 1");
        var outcome = await script.CallAsync();
        outcome.Should().HaveReturned("1");
        outcome.LogText().Should().Contain("still logged");
        await script.NextCallSucceedsAsync();
    }

    [Theory]
    [InlineData(0x85, "b'not headed'")]
    [InlineData(0x85, "headed(b'not JSON')")]
    [InlineData(0x85, "headed(b'[]')")]
    [InlineData(0x85, "headed(b'{\"id\":-5,\"parts\":[]}')")]
    [InlineData(0x85, "headed(b'{\"id\":' + ids + b',\"parts\":[[\"raw\",99]]}', b'short')")]
    [InlineData(0x85, "headed(b'{\"id\":' + ids + b',\"parts\":[[\"other\",0]]}')")]
    [InlineData(0x85, "struct.pack('<I', 2**31) + b'{}'")]
    [InlineData(0x86, "headed(b'{\"id\":' + ids + b',\"kind\":\"raised\",\"stackLen\":-1}')")]
    [InlineData(0x86, "headed(b'{\"id\":' + ids + b',\"kind\":\"raised\",\"stackLen\":9}')")]
    [InlineData(0x86, "headed(b'{\"id\":' + ids + b',\"kind\":\"unknown\"}')")]
    [InlineData(0x84, "headed(b'{}')")]
    [InlineData(0x84, "headed(b'{\"hid\":1e99,\"op\":7}')")]
    [InlineData(0x83, "b'abc'")]
    [InlineData(0x81, "b'{}'")]
    [InlineData(0x87, "b'{}'")]
    [InlineData(0x01, "b''")]
    [InlineData(0xff, "b'xyz'")]
    public async Task Garbage_on_the_connection_ends_that_call_only(int type, string body)
    {
        var script = shared.Script($$"""
            import os, stat, struct, sys
            ids = b'1'
            def headed(header, payload=b''): return struct.pack('<I', len(header)) + header + payload
            def f():
                body = {{body}}
                for fd in range(3, 4096):
                    try:
                        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, struct.pack('<IB', len(body) + 1, {{type}}) + body)
                    except OSError: pass
                return 1
            """);
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.WorkerExited, "WorkerExited", "disturbed");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_frame_of_an_absurd_size_takes_no_memory()
    {
        var script = shared.Script("""
            import os, stat, struct
            def f():
                for fd in range(3, 4096):
                    try:
                        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, struct.pack('<IB', 2**31, 0x85))
                    except OSError: pass
                return 1
            """);
        (await script.CallAsync()).Should().HaveFailed(PythonOutcomeKind.WorkerExited, "WorkerExited", "2147483647 bytes");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task An_answer_that_cannot_be_serialised_is_refused_clearly()
    {
        var script = shared.Script("class Evil:\n    def __str__(self): raise ValueError('no text')\n    __repr__ = __str__\ndef f(): return Evil()");
        var outcome = await script.CallAsync(returns: ReturnForms.All);
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.Raised, PythonOutcomeKind.ResultUnusable);
        outcome.ErrorMessage.Should().NotBeEmpty();
        await script.NextCallSucceedsAsync();
    }
}
