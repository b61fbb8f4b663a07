using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Dff.Testing;

/// <summary>A real PostgreSQL on a free port with data of its own. It refuses to run as root, so it runs as the user of its package there.</summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string Package = "postgresql";

    private readonly TestDirectory _directory = new();
    private ServerProcess? _process;

    private PostgreSqlServer() => Port = FreePorts.Take(1)[0];

    public int Port { get; }

    public string User => "dff";

    public string Password { get; } = RandomNumberGenerator.GetHexString(24);

    public static async Task<PostgreSqlServer> StartAsync()
    {
        var server = new PostgreSqlServer();
        try
        {
            await server.InstallAsync();
            await server.RunAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _directory.Dispose();
    }

    private async Task InstallAsync()
    {
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_001_001);
        await File.WriteAllTextAsync(_directory.Combine("secret"), Password + "\n");
        Directory.CreateDirectory(_directory.Combine("data"));
        if (IsRoot) await RunToEndAsync("chown", "-R", "postgres:postgres", _directory.Path);
        await RunToEndAsync([
            .. AsItsUser, Program("initdb"), "-D", _directory.Combine("data"), "-U", User, "-A", "scram-sha-256", $"--pwfile={_directory.Combine("secret")}", "-E", "UTF8",
            "--locale=C.UTF-8", "-N",
        ]);
    }

    private async Task RunAsync()
    {
        string[] command =
        [
            .. AsItsUser, Program("postgres"), "-D", _directory.Combine("data"), "-p", Port.ToString(CultureInfo.InvariantCulture), "-k", _directory.Path, "-h", "127.0.0.1", "-F",
        ];
        _process = ServerProcess.Start(command[0], command[1..], Package);
        await Eventually.TrueAsync(
            async () =>
            {
                if (_process.HasExited) throw new InvalidOperationException($"postgres ended:\n{_process.Output}");
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync("127.0.0.1", Port);
                    return _process.Output.Contains("ready to accept connections", StringComparison.Ordinal);
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "PostgreSQL answers");
    }

    private static async Task RunToEndAsync(params string[] command)
    {
        await using var process = ServerProcess.Start(command[0], command[1..], Package);
        await process.WaitForExitAsync(TimeSpan.FromSeconds(120));
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command[0]} failed:\n{process.Output}");
    }

    private static string Program(string name) =>
        Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin", name)).LastOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{name} is missing; install the package {Package}");

    private static bool IsRoot => Environment.UserName == "root";

    private static string[] AsItsUser => IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
}
