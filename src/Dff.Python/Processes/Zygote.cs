using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Dff.Python.Workers;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Processes;

/// <summary>What a zygote said of itself when it was ready.</summary>
internal sealed record ZygoteFacts(string Version, string Executable, string Isolation, IReadOnlyList<string> Warnings, IReadOnlyList<string> Drivers);

/// <summary>
/// One life of the process from which workers are forked. Its stdin is the life line: at its end the zygote kills all its workers and goes.
/// </summary>
internal sealed class Zygote : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly ILogger _logger;
    private readonly Action<int, WorkerExit> _exited;
    private readonly Channel<byte[]> _commands = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource<ZygoteFacts> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Zygote(Process process, Action<int, WorkerExit> exited, ILogger logger)
    {
        (_process, _exited, _logger) = (process, exited, logger);
        ProcessId = process.Id;
    }

    public int ProcessId { get; }

    public ZygoteFacts Facts => _ready.Task.Result;

    /// <summary>Ends when the process is gone and all it had said has been heard.</summary>
    public Task Gone { get; private set; } = Task.CompletedTask;

    public static async Task<Zygote> StartAsync(
        string python, byte[] settings, Action<int, WorkerExit> exited, ILogger logger, CancellationToken cancellationToken)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "python", "dff_worker", "zygote.py");
        var start = new ProcessStartInfo(python, ["-I", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        CleanEnvironment.Apply(start);
        var process = Process.Start(start) ?? throw new PythonEngineException($"{python} did not start.");
        var zygote = new Zygote(process, exited, logger);
        zygote.Send(settings);
        zygote.Gone = zygote.LiveAsync();
        try
        {
            await zygote._ready.Task.WaitAsync(StartLimit, cancellationToken).ConfigureAwait(false);
            return zygote;
        }
        catch (TimeoutException exception)
        {
            await zygote.DisposeAsync().ConfigureAwait(false);
            throw new PythonEngineException($"The Python harness was not ready within {StartLimit.TotalSeconds} s.", exception);
        }
        catch
        {
            await zygote.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public void Spawn(int slot, string nonce) => Send(JsonSerializer.SerializeToUtf8Bytes(new { spawn = new { slot, nonce } }));

    public void Kill(int slot) => Send(JsonSerializer.SerializeToUtf8Bytes(new { kill = new { slot } }));

    /// <summary>For a zygote that does not do what it is told.</summary>
    public void Abort()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _commands.Writer.TryComplete();
        try
        {
            await Gone.WaitAsync(GoodbyeLimit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abort();
            await Gone.ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private void Send(byte[] line) => _commands.Writer.TryWrite(line);

    private async Task LiveAsync()
    {
        var writing = WriteAsync();
        var listening = Task.WhenAll(ListenAsync(), RelayErrorsAsync());
        await Task.WhenAny(_process.WaitForExitAsync(), listening).ConfigureAwait(false);
        Abort(); // one that has closed its pipes is of no use any more
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _commands.Writer.TryComplete();

        // A process that inherited the pipes must not keep the engine waiting.
        await Task.WhenAny(listening, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        _ready.TrySetException(new PythonEngineException($"The Python harness ended with exit code {_process.ExitCode} before it was ready."));
    }

    private async Task WriteAsync()
    {
        var stdin = _process.StandardInput.BaseStream;
        try
        {
            await foreach (var line in _commands.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await stdin.WriteAsync(line).ConfigureAwait(false);
                await stdin.WriteAsync("\n"u8.ToArray()).ConfigureAwait(false);
                await stdin.FlushAsync().ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // The process is gone, which is seen elsewhere.
        }

        await stdin.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                Hear(json.RootElement);
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                EngineLog.ZygoteLineUnknown(_logger, exception, line);
            }
        }
    }

    private void Hear(JsonElement line)
    {
        if (line.TryGetProperty("exited", out var exited))
        {
            var killed = exited.TryGetProperty("killed", out var wasKilled) && wasKilled.GetBoolean();
            _exited(exited.GetProperty("slot").GetInt32(), new WorkerExit(Number(exited, "code"), Number(exited, "signal"), killed));
        }
        else if (line.TryGetProperty("ready", out var ready))
        {
            _ready.TrySetResult(new ZygoteFacts(Text(ready, "python"), Text(ready, "executable"), Text(ready, "isolation"), Texts(ready, "warnings"), Texts(ready, "drivers")));
        }
        else if (line.TryGetProperty("failed", out var failed))
        {
            _ready.TrySetException(new PythonEngineException($"The Python harness cannot work: {Text(failed, "message")}"));
        }
    }

    private async Task RelayErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line) EngineLog.ZygoteSaid(_logger, line);
    }

    private static int? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private static string[] Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(item => item.GetString() ?? "")] : [];

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : "";
}
