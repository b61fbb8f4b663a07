namespace Dff.Python.Tests.Host;

public sealed class HostCallTests(SharedEngine shared)
{
    [Fact]
    public async Task A_stored_value_comes_back_and_expires()
    {
        var script = shared.Script("""
            import time
            def f():
                assert DFF.STORE.set('k', {'a': '值'}, expire=1)
                first = DFF.STORE.get('k')
                end = time.time() + 30
                while DFF.STORE.get('k') is not None and time.time() < end: time.sleep(0.05)
                return [first, DFF.STORE.get('k')]
            """);
        (await script.CallAsync(timeout: 60)).Should().HaveReturned("""[{"a":"值"},null]""");
    }

    [Fact]
    public async Task A_changed_env_variable_is_seen_by_the_next_call()
    {
        var script = shared.Script("def f(id): return DFF.ENV(id)");
        var id = script.Id;
        shared.Engine.Host.Env[id] = "1";
        (await script.CallAsync(kwargs: new { id })).Should().HaveReturned("\"1\"");
        shared.Engine.Host.Env[id] = "2";
        (await script.CallAsync(kwargs: new { id })).Should().HaveReturned("\"2\"");
    }

    [Fact]
    public async Task Questions_from_many_threads_of_a_call_each_get_their_own_answer()
    {
        var script = shared.Script("""
            import threading
            def f():
                got = {}
                def ask(n):
                    DFF.STORE.set(f'k{n}', n)
                    got[n] = DFF.STORE.get(f'k{n}')
                threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
                for t in threads: t.start()
                for t in threads: t.join()
                return all(got[n] == n for n in range(20))
            """);
        (await script.CallAsync()).Should().HaveReturned("true");
    }

    [Fact]
    public async Task What_the_host_does_not_offer_is_a_clear_error()
    {
        var outcome = await shared.Script("def f(): return DFF.MQTT('t', 'm')").CallAsync();
        outcome.Should().HaveFailed(PythonOutcomeKind.Raised, "NotEnabledException", "mqtt.publish");
    }

    [Fact]
    public async Task A_fault_of_the_host_is_an_error_of_the_call_without_its_details()
    {
        var script = shared.Script("def f(): return DFF.ENV.list()");
        var outcome = await script.CallAsync();
        outcome.Should().BeOfKind(PythonOutcomeKind.Raised);
        outcome.ErrorMessage.Should().Contain("env.list").And.NotContain("secret fault");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_call_that_times_out_in_a_question_leaves_a_process_that_serves()
    {
        await using var engine = await TestEngine.StartAsync();
        var script = engine.Script("def f(): return DFF.CONFIG('CUSTOM_X')");
        (await script.CallAsync(timeout: 0.5)).Should().BeOfKind(PythonOutcomeKind.TimedOut);
        engine.Host.Gate.TrySetResult();
        await script.NextCallSucceedsAsync();
        (await script.CallAsync()).Should().HaveReturned("null");
    }
}
