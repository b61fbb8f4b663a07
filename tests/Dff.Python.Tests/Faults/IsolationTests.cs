using System.Globalization;

namespace Dff.Python.Tests.Faults;

public sealed class IsolationTests(SharedEngine shared)
{
    [Fact]
    public void User_code_is_isolated_on_this_machine() =>
        shared.Engine.Engine.GetReport().Isolation.Should().StartWith(Environment.IsPrivilegedProcess ? "uid" : "namespace");

    [Fact]
    public async Task A_signal_to_every_process_reaches_nobody_else()
    {
        var neighbour = shared.Script("import time\ndef f():\n    time.sleep(1)\n    return 'unharmed'").CallAsync();
        var script = shared.Script("import os\ndef f():\n    os.kill(-1, 9)\n    return 1");
        var outcome = await script.CallAsync();
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.Succeeded, PythonOutcomeKind.Raised, PythonOutcomeKind.WorkerLost, PythonOutcomeKind.WorkerExited);
        (await neighbour).Should().HaveReturned("\"unharmed\"");
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task The_silos_environment_and_memory_cannot_be_read()
    {
        var processId = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var script = shared.Script("""
            import os
            def readable(path):
                try:
                    with open(path, 'rb') as file: return len(file.read(1)) > 0
                except OSError:
                    return False
            def f(silo):
                pids = {silo, str(os.getppid())} | {name for name in os.listdir('/proc') if name.isdigit()}
                mine = {str(os.getpid()), 'self'}
                return sorted(p for p in pids - mine for what in ('environ', 'mem', 'maps') if readable(f'/proc/{p}/{what}'))
            """);
        (await script.CallAsync(kwargs: new { silo = processId })).Should().HaveReturned("[]");
    }

    [Fact]
    public async Task No_variable_of_the_silo_is_in_the_environment()
    {
        var outcome = await shared.Script("import os\ndef f(): return sorted(os.environ), open('/proc/self/environ').read()").CallAsync();
        outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        var text = outcome.RawText();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name is "PATH" or "LANG" or "TZ" or "HOME" or "TMPDIR" || name.StartsWith("LC_", StringComparison.Ordinal)) continue;
            text.Should().NotContain($"\"{name}\"").And.NotContain($"\\u0000{name}=");
        }
    }

    [Fact]
    public async Task The_data_directory_cannot_be_read_but_for_its_two_open_parts()
    {
        var data = shared.Engine.Options.DataDirectory;
        var script = shared.Script("""
            import os
            def attempt(action):
                try: return action()
                except OSError as error: return type(error).__name__
            def f(data):
                secret = attempt(lambda: open(os.path.join(data, 'dff.db')).read())
                wrote = attempt(lambda: open(os.path.join(data, 'new'), 'w').close() or 'wrote')
                return [secret, wrote, sorted(attempt(lambda: os.listdir(os.path.join(data, d))) == [] for d in ('resources',))]
            """);
        var outcome = await script.CallAsync(kwargs: new { data });
        outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        outcome.RawText().Should().NotContain(TestDirectory.Secret).And.NotContain("wrote").And.EndWith(",[true]]");
        File.Exists(Path.Combine(data, "new")).Should().BeFalse();
    }

    [Fact]
    public async Task A_hidden_file_elsewhere_cannot_be_read()
    {
        var path = shared.Engine.Options.HiddenPaths.Single();
        File.ReadAllText(path).Should().Be(TestDirectory.Secret);
        var outcome = await shared.Script("def f(path):\n    try: return open(path).read()\n    except OSError: return ''").CallAsync(kwargs: new { path });
        outcome.Should().HaveReturned("\"\"");
    }

    [Fact]
    public async Task The_temp_directory_of_another_worker_cannot_be_read()
    {
        var writer = shared.Script("""
            import os, time
            def f():
                path = os.path.join(os.environ['TMPDIR'], 'mine')
                open(path, 'w').write('private')
                print(path)
                time.sleep(3600)
            """);
        var path = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancellation = new CancellationTokenSource();
        var writing = writer.RunCancellablyAsync(writer.Call(timeout: 3600, onLog: chunk => path.TrySetResult(chunk.Text)), cancellation.Token);
        var reader = shared.Script("def f(path):\n    try: return open(path).read()\n    except OSError: return 'refused'");
        (await reader.CallAsync(kwargs: new { path = await path.Task.WaitAsync(TestEngine.Limit, CancellationToken.None) })).Should().HaveReturned("\"refused\"");
        await cancellation.CancelAsync();
        (await writing).Should().BeOfKind(PythonOutcomeKind.Cancelled);
    }

    [Fact]
    public async Task The_workers_socket_is_out_of_reach()
    {
        var script = shared.Script("import os\ndef f(path):\n    try: return os.listdir(path)\n    except OSError: return 'refused'");
        var path = Path.Combine(shared.Engine.Options.RunDirectory, "engine");
        (await script.CallAsync(kwargs: new { path })).Should().HaveReturned("\"refused\"");
    }
}
