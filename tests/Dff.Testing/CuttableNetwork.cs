using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dff.Testing;

/// <summary>A way to a server that can be cut: open connections are reset, new ones are refused until it is mended.</summary>
public sealed class CuttableNetwork : IAsyncDisposable
{
    private readonly int _target;
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private Socket? _listener;

    public CuttableNetwork(int targetPort)
    {
        (_target, Port) = (targetPort, FreePorts.Take(1)[0]);
        Mend();
    }

    public int Port { get; }

    public void Cut()
    {
        Interlocked.Exchange(ref _listener, null)?.Dispose();
        foreach (var socket in _sockets.Keys)
        {
            try
            {
                // Zero: a reset, not an end.
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself at this very moment.
            }

            socket.Dispose();
        }

        _sockets.Clear();
    }

    public void Mend()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        listener.Listen(128);
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true) _ = ConnectAsync(await listener.AcceptAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private async Task ConnectAsync(Socket near)
    {
        _sockets.TryAdd(near, 0);
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            near.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, _target);
            _sockets.TryAdd(far, 0);
            await Task.WhenAll(PassAsync(near, far), PassAsync(far, near));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Cut, or the server is gone.
        }
        finally
        {
            foreach (var socket in (Socket[])[near, far])
            {
                _sockets.TryRemove(socket, out _);
                socket.Dispose();
            }
        }
    }

    private static async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer) is var count and > 0)
        {
            for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
