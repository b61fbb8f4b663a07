using System.Diagnostics;

namespace Dff.Python.Processes;

/// <summary>
/// Finds the Python that runs user code. A candidate counts only when it runs and says that it is new enough: a pyenv shim may do neither.
/// </summary>
internal static class PythonLocator
{
    private const string Oldest = "3.9";
    private const string Question = "import sys; print('.'.join(map(str, sys.version_info[:3]))); sys.exit(sys.version_info < (3, 9))";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task<string> FindAsync(string? configured, CancellationToken cancellationToken)
    {
        if (configured is not null)
        {
            if (await FaultOfAsync(configured, cancellationToken).ConfigureAwait(false) is not { } fault) return configured;
            throw new PythonEngineException($"The configured Python {configured} cannot be used: {fault}");
        }

        var faults = new List<string>();
        foreach (var candidate in Candidates())
        {
            if (await FaultOfAsync(candidate, cancellationToken).ConfigureAwait(false) is not { } fault) return candidate;
            faults.Add($"{candidate}: {fault}");
        }

        var tried = faults.Count == 0 ? "nothing found" : string.Join("; ", faults);
        throw new PythonEngineException($"There is no Python ≥ {Oldest} on this machine. Tried: {tried}");
    }

    private static IEnumerable<string> Candidates()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return onPath.Select(directory => Path.Combine(directory, "python3")).Prepend("/usr/bin/python3").Distinct().Where(File.Exists);
    }

    /// <summary>Null when the candidate is good.</summary>
    private static async Task<string?> FaultOfAsync(string executable, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(executable, ["-I", "-c", Question])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        CleanEnvironment.Apply(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        Process? process = null;
        try
        {
            process = Process.Start(start) ?? throw new PythonEngineException("it did not start");
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            if (process.ExitCode == 0) return null;
            var version = (await output.ConfigureAwait(false)).Trim();
            return version.Length > 0 ? $"it is Python {version}, {Oldest} is needed" : $"it fails: {(await error.ConfigureAwait(false)).Trim()}";
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it did not answer within {Limit.TotalSeconds} s";
        }
        finally
        {
            if (process is { HasExited: false }) process.Kill(entireProcessTree: true);
            process?.Dispose();
        }
    }
}
