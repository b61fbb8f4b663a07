using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dff.Benchmarks;

/// <summary>
/// One connection that sends requests made beforehand. It shares the machine with what is measured, so it does as little as HTTP/1.1 with Content-Length takes.
/// </summary>
internal sealed class LeanClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _answer = new byte[16 * 1024];

    public static async Task<LeanClient> ConnectAsync(int port)
    {
        var client = new LeanClient();
        await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return client;
    }

    public static byte[] Get(string path, string? token) => Request($"GET {path} HTTP/1.1", token, "");

    public static byte[] Post(string path, string? token, string json) => Request($"POST {path} HTTP/1.1\r\nContent-Type: application/json", token, json);

    /// <summary>Sends all requests over <paramref name="connections"/> connections, each when the one before it on its connection is answered.</summary>
    public static async Task SendAllAsync(int port, int connections, IReadOnlyList<byte[]> requests)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var client = await ConnectAsync(port);
            for (var index = Interlocked.Increment(ref next); index < requests.Count; index = Interlocked.Increment(ref next)) await client.SendAsync(requests[index]);
        }));
    }

    /// <returns>The body, valid until the next request.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> SendAsync(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request);
        for (int length = 0, end = -1, whole = int.MaxValue; ;)
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(length));
            if (read == 0) throw new IOException("the server closed the connection");
            length += read;
            if (end < 0 && (end = _answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) >= 0)
            {
                whole = end + 4 + ContentLength(Encoding.ASCII.GetString(_answer, 0, end + 2));
                if (whole > _answer.Length) Array.Resize(ref _answer, whole);
            }

            if (length < whole) continue;
            if (!_answer.AsSpan(0, length).StartsWith("HTTP/1.1 200 "u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(_answer, 0, length));
            return _answer.AsMemory(end + 4, whole - end - 4);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Request(string head, string? token, string body) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{head}\r\nHost: 127.0.0.1\r\n{(token is null ? "" : $"X-Dff-Auth-Token: {token}\r\n")}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    private static int ContentLength(string headers)
    {
        const string Name = "Content-Length: ";
        var start = headers.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        if (start < 0) throw new InvalidOperationException($"no Content-Length:\n{headers}");
        start += Name.Length;
        return int.Parse(headers.AsSpan(start, headers.IndexOf('\r', start) - start), CultureInfo.InvariantCulture);
    }
}
