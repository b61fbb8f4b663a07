using System.Globalization;
using System.Net.Sockets;

namespace Dff.Testing;

/// <summary>A real memcached on a free port.</summary>
public sealed class MemcachedServer : IAsyncDisposable
{
    private ServerProcess? _process;

    public int Port { get; } = FreePorts.Take(1)[0];

    public static async Task<MemcachedServer> StartAsync()
    {
        var server = new MemcachedServer();
        string[] asRoot = Environment.UserName == "root" ? ["-u", "root"] : [];
        server._process = ServerProcess.Start("memcached", ["-l", "127.0.0.1", "-p", server.Port.ToString(CultureInfo.InvariantCulture), .. asRoot], "memcached");
        await Eventually.TrueAsync(server.AnswersAsync, "memcached answers");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited) throw new InvalidOperationException($"memcached ended:\n{_process.Output}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
