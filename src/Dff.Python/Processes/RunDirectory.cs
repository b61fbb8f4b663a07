using System.Diagnostics;

namespace Dff.Python.Processes;

/// <summary>
/// The directory of sockets and the workers' temp directories. It is emptied at start, so it is only taken when it is new, empty, or was made
/// by an engine before: a wrong setting must not empty somebody's data.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int LongestSocketPath = 100;

    private readonly string _path;
    private readonly FileStream _lock;

    private RunDirectory(string path, FileStream @lock) => (_path, _lock) = (path, @lock);

    public string SocketPath => Path.Combine(EngineDirectory(_path), "workers.sock");

    /// <param name="forOtherUsers">Workers have uids of their own, so every directory above must let them through.</param>
    public static RunDirectory Take(string path, bool forOtherUsers)
    {
        path = Path.GetFullPath(path);
        for (var above = Path.GetDirectoryName(path); forOtherUsers && above is not null; above = Path.GetDirectoryName(above))
        {
            if (Directory.Exists(above) && !File.GetUnixFileMode(above).HasFlag(UnixFileMode.OtherExecute))
                throw new PythonEngineException($"The run directory {path} cannot be used: the workers, which have uids of their own, cannot pass {above}. Set TMPDIR to a directory that all users may enter.");
        }

        if (Path.Combine(EngineDirectory(path), "workers.sock").Length > LongestSocketPath)
            throw new PythonEngineException($"The path of the run directory {path} is too long for a Unix socket.");
        try
        {
            return Make(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PythonEngineException($"The run directory {path} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Removes what workers left that nobody could clear up after. Only for when none is alive.</summary>
    public void Clear()
    {
        try
        {
            Empty(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Each worker gets a new directory anyway.
        }
    }

    public void Dispose()
    {
        try
        {
            Empty(_path);
            Directory.Delete(EngineDirectory(_path), recursive: true);
            Directory.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A file system of its own is mounted there, or user code left what cannot be deleted: the next start tries again.
        }

        _lock.Dispose();
    }

    private static RunDirectory Make(string path)
    {
        var engine = EngineDirectory(path);
        if (Directory.Exists(path) && !Directory.Exists(engine) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new PythonEngineException(
                $"The run directory {path} holds files that are not an engine's: it would be emptied. Give it a path of its own.");
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(engine, OwnerOnly);
        File.SetUnixFileMode(engine, OwnerOnly);

        // An exclusive open is an advisory lock that goes with the process: a second engine on this directory fails here.
        var held = new FileStream(Path.Combine(engine, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Empty(path);
        File.Delete(Path.Combine(engine, "workers.sock"));
        return new RunDirectory(path, held);
    }

    private static string EngineDirectory(string path) => Path.Combine(path, "engine");

    private static void Empty(string path)
    {
        var engine = EngineDirectory(path);
        var entries = Directory.EnumerateFileSystemEntries(path).Where(entry => entry != engine).ToArray();
        if (entries.Length == 0 || Run("rm", ["-rf", "--", .. entries]) is null) return;

        // User code may have taken the rights of its own directories away.
        Run("chmod", ["-R", "u+rwX", "--", .. entries]);
        if (Run("rm", ["-rf", "--", .. entries]) is { } fault) throw new IOException(fault);
    }

    /// <summary>
    /// Null when all went well. User code can nest directories deeper than a path may be long, where the framework's own delete fails; rm
    /// and chmod walk them without paths.
    /// </summary>
    private static string? Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        CleanEnvironment.Apply(start);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadLine() ?? "";
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error;
    }
}
