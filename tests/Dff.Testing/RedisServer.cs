using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Dff.Testing;

/// <summary>A real Redis on a free port, with a password, writing every change to disk.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly TestDirectory _directory = new();
    private ServerProcess? _process;

    private RedisServer(string host) => (Host, Port) = (host, FreePorts.Take(1)[0]);

    public string Host { get; }

    public int Port { get; }

    public string Password { get; } = RandomNumberGenerator.GetHexString(24);

    public static async Task<RedisServer> StartAsync(string host = "127.0.0.1")
    {
        var server = new RedisServer(host);
        try
        {
            await server.RestartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Starts (again) on the same data and port.</summary>
    public async Task RestartAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        await File.WriteAllTextAsync(_directory.Combine("redis.conf"), $"requirepass {Password}\nbind {Host}\nport {Port.ToString(CultureInfo.InvariantCulture)}\ndatabases 1000\ndir {_directory.Path}\nappendonly yes\nappendfsync always\n");
        _process = ServerProcess.Start("redis-server", [_directory.Combine("redis.conf")], "redis-server");
        await Eventually.TrueAsync(AnswersAsync, "Redis answers");
    }

    /// <summary>What it had written down is gone when it starts again.</summary>
    public void LoseData() => Directory.Delete(_directory.Combine("appendonlydir"), recursive: true);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _directory.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited) throw new InvalidOperationException($"redis-server ended:\n{_process.Output}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Host, Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {Password}\r\nPING\r\n"));
            var answer = new byte[64];
            var length = await client.GetStream().ReadAtLeastAsync(answer, 5 + 7, throwOnEndOfStream: false);
            return Encoding.ASCII.GetString(answer, 0, length).Contains("+PONG", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }
}
