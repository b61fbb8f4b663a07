using System.Buffers.Binary;
using System.Net.Sockets;

namespace Dff.Python.Workers;

/// <summary>The process at the other end of a Unix socket, as this process sees it: a worker in a PID namespace does not know that number.</summary>
internal static class PeerProcess
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    public static int IdOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        var length = socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(credentials) : 0;
    }
}
