using System.Diagnostics;

namespace Dff.Python.Processes;

/// <summary>What a Python process may know of the silo's environment: nothing that could be a secret.</summary>
internal static class CleanEnvironment
{
    private static readonly (string Name, string Default)[] Kept =
        [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("TZ", ""), ("HOME", "/")];

    public static void Apply(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.Environment.Clear();
        foreach (var (name, missing) in Kept)
        {
            var value = Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? given : missing;
            if (value.Length > 0) start.Environment[name] = value;
        }
    }
}
