using System.Runtime.InteropServices;

namespace Dff.Silo.Hosting;

/// <summary>What this process owes to its secrets: files that only their owner reads, and a memory that user code of the same user cannot look into.</summary>
internal static partial class ProcessProtection
{
    private const int SetDumpable = 4;
    private const uint OwnerOnly = 0x3F;

    public static void Apply()
    {
        _ = Umask(OwnerOnly);
        // As root, workers are other users anyway, and a dump may be wanted.
        if (Environment.UserName != "root") _ = Prctl(SetDumpable, 0, 0, 0, 0);
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint argument, nuint second, nuint third, nuint fourth);
}
