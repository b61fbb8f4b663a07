using System.Net.Sockets;

namespace Dff.Python.Zygote;

/// <summary>
/// A range of user IDs that no other engine on this machine uses, for silos that run as root. Held by a name in the abstract socket namespace,
/// which the kernel gives back when this process ends, however it ends.
/// </summary>
internal sealed class UidRange : IDisposable
{
    private const int Size = 10_000;
    private const int MostRanges = 100;

    private readonly Socket _claim;

    private UidRange(Socket claim, int first) => (_claim, First) = (claim, first);

    public int First { get; }

    public static UidRange Claim(int firstOfAll)
    {
        for (var range = 0; range < MostRanges; range++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint($"\0dff-uid-range-{firstOfAll}-{range}"));
                return new UidRange(socket, firstOfAll + (range * Size));
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                socket.Dispose();
            }
        }

        throw new PythonEngineException($"{MostRanges} engines run on this machine already");
    }

    public void Dispose() => _claim.Dispose();
}
