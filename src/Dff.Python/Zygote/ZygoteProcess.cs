using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Zygote;

/// <summary>How a worker process ended.</summary>
/// <param name="Code">Exit code; null when a signal ended it.</param>
/// <param name="IsByUs">We had it killed.</param>
/// <param name="IsWithZygote">The zygote died, and the worker with it.</param>
internal sealed record WorkerExit(int? Code, int? Signal, bool IsByUs, bool IsWithZygote);

/// <summary>What a zygote said of itself when it was ready.</summary>
internal sealed record ZygoteFacts(string Executable, string Version, string Isolation, IReadOnlyList<string> Warnings);

/// <summary>One run of the zygote. Commands and events are JSON lines on its stdin and stdout; when its stdin ends, it and all workers go.</summary>
internal sealed partial class ZygoteProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ILogger _logger;
    private readonly Action<int, WorkerExit> _onExited;
    private readonly TaskCompletionSource<ZygoteFacts> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _writing = new();

    private ZygoteProcess(Process process, Action<int, WorkerExit> onExited, ILogger logger)
    {
        (_process, _onExited, _logger) = (process, onExited, logger);
        Ended = ReadEventsAsync();
        _ = ForwardErrorsAsync();
    }

    /// <summary>Completes when the process is gone.</summary>
    public Task Ended { get; }

    public int Id => _process.Id;

    public static async Task<(ZygoteProcess Zygote, ZygoteFacts Facts)> StartAsync(
        string executable, string harness, object settings, Action<int, WorkerExit> onExited, ILogger logger, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        start.ArgumentList.Add("-I");
        start.ArgumentList.Add(Path.Combine(harness, "zygote.py"));
        var path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        var zone = Environment.GetEnvironmentVariable("TZ");
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        if (zone is not null) start.Environment["TZ"] = zone;
        var process = Process.Start(start) ?? throw new PythonEngineException($"{executable} could not be started");
        var zygote = new ZygoteProcess(process, onExited, logger);
        zygote.Send(new { settings });
        try
        {
            return (zygote, await zygote._ready.Task.WaitAsync(StartLimit, cancellationToken));
        }
        catch
        {
            zygote.Dispose();
            throw;
        }
    }

    public void Spawn(int slot, string nonce) => Send(new { spawn = new { slot, nonce } });

    /// <summary>The nonce tells which use of the slot is meant: the process may have gone, and the slot may have another one.</summary>
    public void Kill(string nonce) => Send(new { kill = new { nonce } });

    public void Dispose()
    {
        try
        {
            lock (_writing) _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
        {
            // It has gone by itself.
        }

        _process.Dispose();
    }

    private void Send(object command)
    {
        try
        {
            lock (_writing)
            {
                _process.StandardInput.Write(JsonSerializer.Serialize(command) + "\n");
                _process.StandardInput.Flush();
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // A zygote that is gone is noticed at the end of its output, where all its workers are given up.
        }
    }

    private async Task ReadEventsAsync()
    {
        try
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line) Handle(line);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // As if its output had ended.
        }

        _ready.TrySetException(new PythonEngineException("the Python harness ended before it was ready; its messages are in the log"));
    }

    private void Handle(string line)
    {
        using var document = JsonDocument.Parse(line);
        if (document.RootElement.TryGetProperty("exited", out var exited))
        {
            _onExited(
                exited.GetProperty("slot").GetInt32(),
                new WorkerExit(Number(exited, "code"), Number(exited, "signal"), exited.GetProperty("killed").GetBoolean(), IsWithZygote: false));
        }
        else if (document.RootElement.TryGetProperty("ready", out var ready))
        {
            _ready.TrySetResult(new ZygoteFacts(
                ready.GetProperty("executable").GetString()!,
                ready.GetProperty("python").GetString()!,
                ready.GetProperty("isolation").GetString()!,
                [.. ready.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()!)]));
        }
    }

    private static int? Number(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt32() : null;

    private async Task ForwardErrorsAsync()
    {
        try
        {
            while (await _process.StandardError.ReadLineAsync() is { } line) HarnessSays(line);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }
    }

    [LoggerMessage(EventId = 300, EventName = "HarnessSays", Level = LogLevel.Warning, Message = "Python harness: {Line}")]
    private partial void HarnessSays(string line);
}
