namespace Dff.Python.Tests.Faults;

public sealed class OutsideTests(SharedEngine shared)
{
    [Fact]
    public async Task A_worker_killed_from_outside_ends_its_call_as_lost()
    {
        var script = shared.Script("import time\ndef f():\n    print('in')\n    time.sleep(3600)");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = script.RunAsync(script.Call(timeout: 3600, onLog: _ => started.TrySetResult()));
        await started.Task.WaitAsync(TestEngine.Limit, TestContext.Current.CancellationToken);
        foreach (var processId in shared.Engine.Pool(script.Queue).ProcessIds) ProcessTable.Kill(processId);
        (await running).Should().HaveFailed(PythonOutcomeKind.WorkerLost, "WorkerLost", "from outside with signal 9 (SIGKILL)");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task Idle_workers_killed_from_outside_cost_no_call()
    {
        var script = shared.Script("def f(n): return n");
        for (var n = 0; n < 20; n++)
        {
            (await script.CallAsync(kwargs: new { n })).Should().HaveReturned($"{n}");
            foreach (var processId in shared.Engine.Pool(script.Queue).ProcessIds) ProcessTable.Kill(processId);
        }

        await script.NextCallSucceedsAsync();
    }
}
