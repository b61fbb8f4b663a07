using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Dff.Testing;

/// <summary>Ports for servers that are started later, and perhaps again after they were killed.</summary>
public static class FreePorts
{
    // Below those that the system gives to outgoing connections, any of which could take a port between two starts of its server.
    private const int First = 10_000;
    private const int Last = 30_000;

    /// <summary>Names in the system's abstract socket namespace, which are this process's as long as it lives: tests of several processes run side by side.</summary>
    private static readonly List<Socket> Reservations = [];

    /// <summary>Ports that nobody listens on and that no other test of this machine is given while this process lives, all different.</summary>
    public static int[] Take(int count)
    {
        var ports = new List<int>();
        for (var attempt = 0; ports.Count < count; attempt++)
        {
            if (attempt > Last - First) throw new InvalidOperationException($"no free port between {First} and {Last}");
            var port = RandomNumberGenerator.GetInt32(First, Last);
            if (TryReserve(port) && IsFree(port)) ports.Add(port);
        }

        return [.. ports];
    }

    private static bool TryReserve(int port)
    {
        var reservation = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (!TryBind(reservation, new UnixDomainSocketEndPoint($"\0dff-test-port-{port.ToString(CultureInfo.InvariantCulture)}")))
        {
            reservation.Dispose();
            return false;
        }

        lock (Reservations) Reservations.Add(reservation);
        return true;
    }

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return TryBind(probe, new IPEndPoint(IPAddress.Any, port));
    }

    private static bool TryBind(Socket socket, EndPoint address)
    {
        try
        {
            socket.Bind(address);
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
