using System.Collections.Concurrent;

namespace Dff.Python.Tests.Calls;

public sealed class LogTests(SharedEngine shared)
{
    [Fact]
    public async Task Prints_of_the_function_and_of_its_threads_are_in_the_log()
    {
        var outcome = await shared.Script("""
            import threading, sys
            def f():
                print('one')
                t = threading.Thread(target=print, args=('two',))
                t.start(); t.join()
                DFF.LOG('three')
                print('four', file=sys.stderr)
            """).CallAsync();
        outcome.LogText().Split('\n').Select(line => line.Split(' ')[^1]).Should().Equal("one", "two", "three", "four");
    }

    [Fact]
    public async Task The_log_is_seen_while_the_function_runs()
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = shared.Script("import time\ndef f():\n    print('working')\n    while True: time.sleep(0.01)");
        using var cancellation = new CancellationTokenSource();
        var running = script.RunCancellablyAsync(script.Call(onLog: chunk => seen.TrySetResult(chunk.Text)), cancellation.Token);
        (await seen.Task.WaitAsync(TestEngine.Limit, CancellationToken.None)).Should().Be("working");
        running.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();
        var outcome = await running;
        outcome.Should().BeOfKind(PythonOutcomeKind.Cancelled);
        outcome.LogText().Should().Be("working");
    }

    [Fact]
    public async Task Chunks_come_in_order_and_are_what_the_outcome_holds()
    {
        var seen = new ConcurrentQueue<LogChunk>();
        var script = shared.Script("def f():\n    for i in range(1000): print(i)");
        var outcome = await script.RunAsync(script.Call(onLog: seen.Enqueue));
        seen.Should().Equal(outcome.Log);
        outcome.LogText().Split('\n').Should().Equal(Enumerable.Range(0, 1000).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_listener_that_fails_does_not_end_the_function()
    {
        var script = shared.Script("def f():\n    print('x')\n    return 1");
        (await script.RunAsync(script.Call(onLog: _ => throw new InvalidOperationException()))).Should().HaveReturned("1");
    }

    [Fact]
    public async Task A_log_above_the_limit_is_cut_with_a_mark()
    {
        var outcome = await shared.Script("def f():\n    for _ in range(64): print('x' * 65536)\n    return 1").CallAsync();
        outcome.Should().HaveReturned("1");
        var log = outcome.LogText();
        log.Length.Should().BeInRange(shared.Engine.Options.MaxLogBytes - 65536, shared.Engine.Options.MaxLogBytes + 4096);
        log.Should().Contain("cut");
    }

    [Theory]
    [InlineData("import sys\n    sys.stdout.buffer.write(b'raw\\n')")]
    [InlineData("import os\n    os.write(1, b'raw\\n')")]
    [InlineData("import os\n    os.write(2, b'raw\\n')")]
    [InlineData("import os\n    os.system('echo raw')")]
    public async Task Writing_past_print_does_not_disturb_the_protocol(string statement)
    {
        var script = shared.Script($"def f():\n    {statement}\n    return 1");
        var outcome = await script.CallAsync();
        outcome.Should().HaveReturned("1");
        outcome.LogText().Should().Contain("raw");
        await script.NextCallSucceedsAsync();
    }
}
