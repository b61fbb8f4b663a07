using System.Globalization;
using System.Net.Sockets;

namespace Dff.Python.Processes;

/// <summary>
/// The uids of one engine's worker slots. Two engines as root on one machine must not share any: a user's <c>os.kill(-1, 9)</c> and process
/// limit reach as far as the uid does. The claim is an abstract socket address, which the kernel gives up with the process that holds it.
/// </summary>
internal sealed class UidBlock : IDisposable
{
    public const int Size = 10_000;

    private const int Blocks = 100;
    private const int SmallestBase = 10_000;

    private readonly Socket? _claim;

    private UidBlock(int first, Socket? claim) => (First, _claim) = (first, claim);

    public int First { get; }

    /// <summary>Without root there is nothing to claim: workers cannot change their uid.</summary>
    public static UidBlock Claim(PythonEngineOptions options)
    {
        if (!options.Isolate || !Native.IsRoot) return new UidBlock(options.WorkerUidBase, null);
        if (options.WorkerUidBase < SmallestBase)
            throw new PythonEngineException(
                $"WorkerUidBase must be at least {SmallestBase}, not {options.WorkerUidBase}: all processes of these uids are the engine's to kill.");
        var users = UsersOfThisMachine();
        for (var block = 0; block < Blocks; block++)
        {
            var first = options.WorkerUidBase + block * Size;
            if (users.Any(uid => uid >= first && uid < first + Size)) continue;
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint($"\0dff-worker-uids-{first}"));
                return new UidBlock(first, socket);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                socket.Dispose();
            }
        }

        throw new PythonEngineException($"Every block of worker uids from {options.WorkerUidBase} on belongs to users or other engines of this machine.");
    }

    /// <summary>
    /// Ends every process of the block. Processes that left their worker's session outlive a zygote that was killed: only their uid still tells
    /// whose they are.
    /// </summary>
    public void KillAll()
    {
        if (_claim is null) return;
        var ours = NamespaceOf("/proc/self");
        for (var pass = 0; pass < 100; pass++)
        {
            var found = false;
            foreach (var processId in Members(ours))
            {
                found = true;
                Native.KillProcess(processId);
            }

            if (!found) return;
            Thread.Yield();
        }
    }

    public void Dispose() => _claim?.Dispose();

    private static int[] UsersOfThisMachine()
    {
        if (!File.Exists("/etc/passwd")) return [];
        var users = new List<int>();
        foreach (var line in File.ReadLines("/etc/passwd"))
        {
            if (line.Split(':') is [_, _, var uid, ..] && int.TryParse(uid, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                users.Add(number);
        }

        return [.. users];
    }

    private IEnumerable<int> Members(string? ours)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)) continue;
            if (UidOf(directory) is not { } uid || uid < First || uid >= First + Size) continue;

            // The host sees a container's processes, whose engine may have claimed the same numbers.
            if (NamespaceOf(directory) == ours) yield return processId;
        }
    }

    private static string? NamespaceOf(string directory)
    {
        try
        {
            return File.ResolveLinkTarget($"{directory}/ns/pid", returnFinalTarget: false)?.Name;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The real uid of a process that is not a zombie.</summary>
    private static int? UidOf(string directory)
    {
        try
        {
            var isZombie = false;
            foreach (var line in File.ReadLines($"{directory}/status"))
            {
                if (line.StartsWith("State:", StringComparison.Ordinal)) isZombie = line.Contains('Z');
                if (!line.StartsWith("Uid:", StringComparison.Ordinal)) continue;
                return !isZombie && int.TryParse(line.Split('\t')[1], CultureInfo.InvariantCulture, out var uid) ? uid : null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process ended in between.
        }

        return null;
    }
}
