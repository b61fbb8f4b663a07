namespace Dff.Python.Tests.Calls;

public sealed class CodeTests(SharedEngine shared)
{
    [Fact]
    public async Task Module_state_does_not_survive_a_call()
    {
        var script = shared.Script("n = 0\ndef f():\n    global n\n    n += 1\n    return n");
        for (var i = 0; i < 3; i++) (await script.CallAsync()).Should().HaveReturned("1");
    }

    [Fact]
    public async Task An_imported_script_is_executed_once_per_call()
    {
        var lib = shared.Script("print('executed')\ndef g(): return 1");
        var other = shared.Script($"import {lib.Id}\ndef h(): return {lib.Id}.g()");
        var script = shared.Script($"import {lib.Id}\nimport {other.Id}\nfrom {lib.Id} import g\ndef f(): return g() + {other.Id}.h()");
        for (var i = 0; i < 2; i++)
        {
            var outcome = await script.CallAsync();
            outcome.Should().HaveReturned("2");
            outcome.LogText().Should().Be("executed");
        }
    }

    [Fact]
    public async Task After_a_publish_every_process_runs_the_new_code_at_once()
    {
        var lib = shared.Script("def v(): return 1");
        var script = shared.Script($"import {lib.Id}, sys, time, uuid\ndef f(wait):\n    time.sleep(wait)\n    sys.my_mark = getattr(sys, 'my_mark', uuid.uuid4().hex)\n    return [{lib.Id}.v(), sys.my_mark]");
        for (var version = 1; version <= 3; version++)
        {
            if (version > 1) shared.Engine.Code.Publish(lib.Id, $"def v(): return {version}");

            // Both of the queue's processes, at the same time.
            var outcomes = await Task.WhenAll(script.CallAsync(kwargs: new { wait = 0.2 }), script.CallAsync(kwargs: new { wait = 0.2 }));
            foreach (var outcome in outcomes) outcome.RawText().Should().StartWith($"[{version},");
            outcomes.Select(outcome => outcome.RawText()).Distinct().Should().HaveCount(2);
        }
    }

    [Fact]
    public async Task A_call_keeps_the_code_it_began_with()
    {
        var script = shared.Script("def f(): return 'old'");
        var call = script.Call();
        shared.Engine.Code.Publish(script.Id, "def f(): return 'new'");
        (await script.CallAsync()).Should().HaveReturned("\"new\"");
        (await script.RunAsync(call)).Should().HaveReturned("\"old\"");
        (await script.CallAsync()).Should().HaveReturned("\"new\"");
    }

    [Fact]
    public async Task A_deleted_script_is_not_found_by_the_next_call()
    {
        var script = shared.Script("def f(): return 1");
        (await script.CallAsync()).Should().HaveReturned("1");
        shared.Engine.Code.Delete(script.Id);
        (await script.CallAsync()).Should().BeOfKind(PythonOutcomeKind.NotFound);
    }

    [Fact]
    public async Task A_draft_runs_instead_of_the_published_code_of_its_own_script_only()
    {
        var lib = shared.Script("def v(): return 'published lib'");
        var script = shared.Script("def f(): return 'published'");
        var published = script.Call();
        var draft = new PythonCall
        {
            Queue = published.Queue,
            Code = published.Code,
            ScriptId = script.Id,
            FunctionName = "f",
            DraftCode = System.Text.Encoding.UTF8.GetBytes($"import {lib.Id}\ndef f(): return ['draft', {lib.Id}.v()]"),
        };
        (await script.RunAsync(draft)).Should().HaveReturned("""["draft","published lib"]""");
        (await script.CallAsync()).Should().HaveReturned("\"published\"");
    }

    [Fact]
    public async Task A_snapshot_that_fails_is_the_callers_error_and_costs_the_queue_nothing()
    {
        var script = shared.Script("def f(): return 1");
        for (var i = 0; i < 5; i++)
        {
            var calling = () => script.RunAsync(new PythonCall { Queue = script.Queue, Code = new FailingSnapshot(), ScriptId = script.Id, FunctionName = "f" });
            await calling.Should().ThrowAsync<NotSupportedException>();
        }

        (await script.CallAsync()).Should().HaveReturned("1");
    }

    [Fact]
    public async Task Injected_values_are_there_and_only_for_their_call()
    {
        var script = shared.Script("def f(): return globals().get('_DFF_TASK_ID')");
        var plain = script.Call();
        var injected = new PythonCall { Queue = plain.Queue, Code = plain.Code, ScriptId = plain.ScriptId, FunctionName = "f", Context = """{"_DFF_TASK_ID":"t1"}"""u8.ToArray() };
        (await script.RunAsync(injected)).Should().HaveReturned("\"t1\"");
        (await script.RunAsync(plain)).Should().HaveReturned("null");
    }

    [Fact]
    public async Task Modules_of_the_extra_packages_directory_can_be_imported()
    {
        var name = "extra_" + Guid.NewGuid().ToString("N");
        var file = Path.Combine(shared.Engine.Options.ExtraPackagesDirectory, name + ".py");
        File.WriteAllText(file, "VALUE = 7");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        (await shared.Script($"import {name}\ndef f(): return {name}.VALUE").CallAsync()).Should().HaveReturned("7");
    }

    private sealed class FailingSnapshot : ICodeSnapshot
    {
        public long Generation => 1;

        public ValueTask<ScriptCode?> GetAsync(string scriptId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public int? VersionOf(string scriptId) => throw new NotSupportedException();

        public IReadOnlyCollection<string>? ChangedSince(long generation) => throw new NotSupportedException();
    }
}
