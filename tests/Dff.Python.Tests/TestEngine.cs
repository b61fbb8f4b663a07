using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dff.Python.Tests;

/// <summary>A real engine with its directories, and the host's side from memory.</summary>
public sealed class TestEngine : IAsyncDisposable
{
    /// <summary>For what must end at all; a hundred times what it takes.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static int _scripts;

    private readonly TestDirectory _directory;
    private int _queue;

    private TestEngine(TestDirectory directory, PythonEngineOptions options, TimeProvider time)
    {
        _directory = directory;
        Options = options;
        Host = new MemoryHost(time);
        Engine = new PythonEngine(options, Host, time, NullLogger<PythonEngine>.Instance);
    }

    public PythonEngine Engine { get; }

    public PythonEngineOptions Options { get; }

    public CodeStore Code { get; } = new();

    public MemoryHost Host { get; }

    public static async Task<TestEngine> StartAsync(Action<PythonEngineOptions>? configure = null, TimeProvider? time = null)
    {
        var directory = new TestDirectory();
        var options = directory.Options();
        configure?.Invoke(options);
        var engine = new TestEngine(directory, options, time ?? TimeProvider.System);
        await engine.Engine.StartAsync(TestContext.Current.CancellationToken);
        return engine;
    }

    /// <summary>A script of its own on a queue of its own, so that tests on one engine do not meet.</summary>
    public TestScript Script(string code, int? queue = null)
    {
        var scriptId = $"test__script_{Interlocked.Increment(ref _scripts)}";
        Code.Publish(scriptId, code);
        return new TestScript(this, scriptId, queue ?? Interlocked.Increment(ref _queue));
    }

    public PoolReport Pool(int queue) => Engine.GetReport().Pools.Single(pool => pool.Queue == queue);

    /// <summary>Waits for a pool to be as the test wants it.</summary>
    public Task PoolBecomesAsync(int queue, Func<PoolReport, bool> wanted) =>
        Eventually.IsTrueAsync(() => Engine.GetReport().Pools.SingleOrDefault(pool => pool.Queue == queue) is { } pool && wanted(pool));

    public async ValueTask DisposeAsync()
    {
        Host.Gate.TrySetResult();
        await Engine.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>A published script and how a test calls it.</summary>
public sealed record TestScript(TestEngine Engine, string Id, int Queue)
{
    public PythonCall Call(string? function = "f", object? kwargs = null, double timeout = 30, ReturnForms returns = ReturnForms.Raw, Action<LogChunk>? onLog = null) => new()
    {
        Queue = Queue,
        Code = Engine.Code.Current,
        ScriptId = Id,
        FunctionName = function,
        Kwargs = JsonSerializer.SerializeToUtf8Bytes(kwargs ?? new { }),
        Timeout = TimeSpan.FromSeconds(timeout),
        Returns = returns,
        OnLog = onLog,
    };

    public Task<PythonOutcome> CallAsync(string? function = "f", object? kwargs = null, double timeout = 30, ReturnForms returns = ReturnForms.Raw) =>
        RunAsync(Call(function, kwargs, timeout, returns));

    public Task<PythonOutcome> RunAsync(PythonCall call) => RunCancellablyAsync(call, CancellationToken.None);

    public Task<PythonOutcome> RunCancellablyAsync(PythonCall call, CancellationToken cancellationToken) =>
        Engine.Engine.CallAsync(call, cancellationToken).AsTask().WaitAsync(TestEngine.Limit, CancellationToken.None);

    /// <summary>What every fault must leave behind: a queue whose next call succeeds.</summary>
    public async Task NextCallSucceedsAsync()
    {
        var next = Engine.Script("def f(): return 'served'", Queue);
        (await next.CallAsync()).Should().HaveReturned("\"served\"");
    }
}

public static class Eventually
{
    public static async Task IsTrueAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TestEngine.Limit);
        while (!condition())
        {
            limit.IsCancellationRequested.Should().BeFalse("the condition must come true within {0}", TestEngine.Limit);
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }
}

public static class OutcomeText
{
    public static string RawText(this PythonOutcome outcome) => Encoding.UTF8.GetString(outcome.Raw.Span);

    public static string LogText(this PythonOutcome outcome) => string.Join('\n', outcome.Log.Select(chunk => chunk.Text));
}
