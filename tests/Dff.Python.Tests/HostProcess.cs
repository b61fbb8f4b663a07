using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Dff.Python.Tests;

/// <summary>An engine in a process of its own, which a test may kill, or start on a disk that is nearly full.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TestDirectory _directory;

    private HostProcess(Process process, TestDirectory directory) => (_process, _directory) = (process, directory);

    public int ProcessId => _process.Id;

    public static async Task<HostProcess> StartAsync(bool tinyRunDirectory = false)
    {
        var directory = new TestDirectory();
        string[] command = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Dff.Python.Tests.Host.dll"), directory.Run, directory.Data, TestDirectory.UidBase.ToString(CultureInfo.InvariantCulture)];
        if (tinyRunDirectory)
        {
            // A file system of 1 MiB for the run directory, seen by this process only. A plain user may mount it as the root of a user
            // namespace; a second one makes that process a plain user again.
            Directory.CreateDirectory(directory.Run);
            var mount = "mount -t tmpfs -o size=1m,mode=711 tmpfs \"$1\" && shift && exec \"$@\"";
            string[] asUser = ["unshare", $"--map-user={UserId}", "--user"];
            command = UserId == 0
                ? ["unshare", "--mount", "sh", "-c", mount, "sh", directory.Run, .. command]
                : ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", directory.Run, .. asUser, .. command];
        }

        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var host = new HostProcess(Process.Start(start)!, directory);
        await host.ReadAsync("isolation");
        return host;
    }

    public async Task<(string Kind, string Message, string Raw, int[] Processes)> CallAsync(string code, double timeout = 30)
    {
        await SendAsync(code, timeout);
        var answer = await ReadAsync("kind");
        return (Text(answer, "kind"), Text(answer, "message"), Text(answer, "raw"), [.. answer.GetProperty("processes").EnumerateArray().Select(id => id.GetInt32())]);
    }

    public async Task SendAsync(string code, double timeout = 30)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { code, timeout }));
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next line with that property.</summary>
    public async Task<JsonElement> ReadAsync(string property)
    {
        while (true)
        {
            var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(TestEngine.Limit) ?? throw new InvalidOperationException("The host process ended.");
            var json = JsonDocument.Parse(line).RootElement;
            if (json.TryGetProperty(property, out _)) return json;
        }
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(TestEngine.Limit);
        }

        _process.Dispose();
        _directory.Dispose();
    }

    private static int UserId { get; } = Environment.IsPrivilegedProcess ? 0 : int.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1],
        CultureInfo.InvariantCulture);

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? "";
}
