using Dff.Silo.Commands;

namespace Dff.Silo.Hosting;

/// <summary>The data directory of this node: readable by its owner only, and used by one process at a time.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Public = Passable | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream heldLock) => (Path, _lock) = (path, heldLock);

    public string Path { get; }

    public static DataDirectory Open(string path, string extraPackages, string resources)
    {
        try
        {
            Directory.CreateDirectory(path);
            // Worker processes pass through it to the packages, and can neither list nor read anything else.
            File.SetUnixFileMode(path, Passable);
            foreach (var open in (string[])[extraPackages, resources])
            {
                Directory.CreateDirectory(open);
                File.SetUnixFileMode(open, Public);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"DATA_DIR: {path} cannot be used: {error.Message}");
        }

        try
        {
            var held = new FileStream(System.IO.Path.Combine(path, "dff.lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            return new DataDirectory(path, held);
        }
        catch (IOException)
        {
            throw new StartRefusedException($"DATA_DIR: another node runs on {path}; stop it, or give this one a directory of its own with DFF_DATA_DIR");
        }
    }

    public void Dispose() => _lock.Dispose();
}
