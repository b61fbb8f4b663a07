using System.Net.Sockets;
using System.Text.Json;
using Dff.Python.Processes;
using Dff.Python.Protocol;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Workers;

/// <summary>The socket that workers connect to. A connection counts once it has said which slot it is, with the nonce given to that slot.</summary>
internal sealed class WorkerListener : IAsyncDisposable
{
    private const int Backlog = 1024;

    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Nursery _nursery;
    private readonly ILogger _logger;
    private readonly Task _accepting;

    public WorkerListener(string path, Nursery nursery, ILogger logger)
    {
        (_nursery, _logger) = (nursery, logger);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen(Backlog);
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = WelcomeAsync(await _socket.AcceptAsync().ConfigureAwait(false));
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException exception)
            {
                // Out of descriptors, or a connection that went before it was accepted: the next one may be good.
                EngineLog.StrangerRefused(_logger, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
            }
        }
    }

    private async Task WelcomeAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(HelloLimit);
        try
        {
            var reader = new FrameReader(socket);
            var processId = Native.PeerProcessId(socket);
            var frame = await reader.ReadAsync(limit.Token).ConfigureAwait(false);
            if (frame.Type == FrameType.None) throw new ProtocolException("It closed without a hello.");
            using var hello = JsonDocument.Parse(frame.Body);
            var slot = hello.RootElement.GetProperty("slot").GetInt32();
            _nursery.OnHello(slot, hello.RootElement.GetProperty("nonce").GetString() ?? "", processId, socket, reader);
        }
        catch (Exception exception) when (exception is ProtocolException or JsonException or KeyNotFoundException or InvalidOperationException
                                              or FormatException or OperationCanceledException or SocketException)
        {
            EngineLog.StrangerRefused(_logger, exception.Message);
            socket.Dispose();
        }
    }
}
