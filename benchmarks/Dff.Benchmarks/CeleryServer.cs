using System.Globalization;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>A Celery worker with its Redis, both as Debian installs them: tasks are in Redis's memory.</summary>
internal sealed class CeleryServer : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(Repository.Root, "benchmarks", "celery");

    private readonly TestDirectory _directory = new();
    private readonly Dictionary<string, string> _environment = [];
    private ServerProcess? _redis;
    private ServerProcess? _worker;

    public static async Task<CeleryServer> StartAsync(int processes)
    {
        var server = new CeleryServer();
        try
        {
            await server.RunAsync(processes);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Enqueues that many tasks, one after the other.</summary>
    /// <returns>The time until the last is accepted, and until it is finished.</returns>
    public async Task<(TimeSpan Accepted, TimeSpan Finished)> RunTasksAsync(int count)
    {
        await using var client = ServerProcess.Start("/usr/bin/python3", ["enqueue.py", count.ToString(CultureInfo.InvariantCulture)], "celery python3-redis", _environment, Program);
        await client.WaitForExitAsync(TimeSpan.FromMinutes(5));
        if (client.ExitCode != 0) throw new InvalidOperationException($"enqueue.py failed:\n{client.Output}\n{_worker!.Output}");
        var seconds = client.Output.Trim().Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToList();
        return (TimeSpan.FromSeconds(seconds[0]), TimeSpan.FromSeconds(seconds[1]));
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null) await _worker.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        _directory.Dispose();
    }

    private async Task RunAsync(int processes)
    {
        var port = FreePorts.Take(1)[0].ToString(CultureInfo.InvariantCulture);
        _environment["BENCHMARK_REDIS"] = $"redis://127.0.0.1:{port}";
        _redis = ServerProcess.Start("redis-server", ["--bind", "127.0.0.1", "--port", port, "--dir", _directory.Path], "redis-server");
        await Eventually.TrueAsync(() => _redis.Output.Contains("Ready to accept connections", StringComparison.Ordinal), "Redis is ready");
        _worker = ServerProcess.Start(
            "/usr/bin/python3", ["-m", "celery", "-A", "tasks", "worker", "--concurrency", processes.ToString(CultureInfo.InvariantCulture)], "celery python3-redis", _environment, Program);
        // The worker says nothing when it is ready.
        await RunTasksAsync(1);
    }
}
