using System.Diagnostics;

namespace Dff.Testing;

/// <summary>A file system of its own that can be filled and freed.</summary>
public sealed class TinyDisk : IDisposable
{
    private readonly TestDirectory _directory = new();

    public TinyDisk(int megabytes) => Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=755", "tmpfs", _directory.Path);

    public string Path => _directory.Path;

    private string Filling => _directory.Combine("filling");

    /// <summary>To the last byte.</summary>
    public void Fill()
    {
        using var file = File.Create(Filling);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Filling);

    public void Dispose()
    {
        Run("umount", "--lazy", _directory.Path);
        _directory.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error} (the test needs root)");
    }
}
