using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Dff.Python.Processes;

internal static partial class Native
{
    private const int PrSetDumpable = 4;
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int Kill = 9;

    public static bool IsRoot => GetEffectiveUserId() == 0;

    /// <summary>Closes <c>/proc/&lt;this process&gt;</c> to other processes of the same user.</summary>
    public static void HideThisProcess() => _ = ProcessControl(PrSetDumpable, 0, 0, 0, 0);

    /// <summary>The process at the other end of a Unix socket, as this process sees it, whatever namespace that one lives in.</summary>
    public static int PeerProcessId(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12]; // pid, uid, gid
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return MemoryMarshal.Read<int>(credentials);
    }

    public static void KillProcess(int processId) => _ = SendSignal(processId, Kill);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
