using System.Diagnostics;

namespace Dff.Python.Zygote;

/// <summary>Finds a Python ≥ 3.9: the configured one, else the system's, else the first on PATH.</summary>
internal static class PythonLocator
{
    private const string SystemPython = "/usr/bin/python3";

    public static string Find(string? configured)
    {
        if (configured is not null)
            return IsUsable(configured) ? configured : throw new PythonEngineException($"PYTHON_EXECUTABLE: {configured} is not a Python 3.9 or newer");
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "python3"));
        return onPath.Prepend(SystemPython).FirstOrDefault(IsUsable)
            ?? throw new PythonEngineException("there is no python3 3.9 or newer; install the package python3, or name one with PYTHON_EXECUTABLE");
    }

    private static bool IsUsable(string executable)
    {
        if (!File.Exists(executable)) return false;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(executable, ["-I", "-S", "-c", "import sys; sys.exit(0 if sys.version_info >= (3, 9) else 1)"]))!;
            return process.WaitForExit(TimeSpan.FromSeconds(10)) && process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
