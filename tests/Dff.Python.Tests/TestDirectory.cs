namespace Dff.Python.Tests;

/// <summary>The directories of one engine as a silo lays them out, gone at the end of the test.</summary>
public sealed class TestDirectory : IDisposable
{
    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Readable = Passable | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Not the default: tests as root must not meet a silo of this machine.</summary>
    public const int UidBase = 1_610_000_000;

    public TestDirectory()
    {
        // Short, for the sake of the socket's path.
        Root = Path.Combine(Path.GetTempPath(), "dff-" + Guid.NewGuid().ToString("N")[..12]);
        Make(Root, Passable);
        Make(Data, Passable);
        Make(Path.Combine(Data, "extra-python-packages"), Readable);
        Make(Path.Combine(Data, "resources"), Readable);
        File.WriteAllText(SecretFile, Secret);
        File.SetUnixFileMode(SecretFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(HiddenFile, Secret);
    }

    public static string Secret => "the-secret-of-the-silo";

    public string Root { get; }

    public string Data => Path.Combine(Root, "data");

    public string Run => Path.Combine(Root, "run");

    public string SecretFile => Path.Combine(Data, "dff.db");

    /// <summary>Outside the data directory, readable for everybody but user code.</summary>
    public string HiddenFile => Path.Combine(Root, "user-config.yaml");

    public PythonEngineOptions Options() => new()
    {
        RunDirectory = Run,
        DataDirectory = Data,
        ExtraPackagesDirectory = Path.Combine(Data, "extra-python-packages"),
        ResourcesDirectory = Path.Combine(Data, "resources"),
        HiddenPaths = [HiddenFile],
        WorkerUidBase = UidBase,
        Concurrency = 2,
        ExtraTimeoutToKill = TimeSpan.FromSeconds(1),
    };

    public void Dispose()
    {
        if (Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }

    private static void Make(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, mode);
    }
}
