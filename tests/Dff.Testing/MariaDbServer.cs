using System.Globalization;
using System.Security.Cryptography;
using MySqlConnector;

namespace Dff.Testing;

/// <summary>A real MariaDB on a free port with data of its own.</summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private const string Package = "mariadb-server";
    private const string UserName = "dff";

    private readonly TestDirectory _directory = new();
    private ServerProcess? _process;
    private string _lastError = "";

    private MariaDbServer(string host, string? dataDirectory) => (Host, Port, DataDirectory) = (host, FreePorts.Take(1)[0], dataDirectory ?? _directory.Combine("data"));

    public int Port { get; }

    public string Host { get; }

    public bool HasExited => _process!.HasExited;

    private string DataDirectory { get; }

    public string User => UserName;

    public string Password { get; } = RandomNumberGenerator.GetHexString(24);

    public string ConnectionString => $"Server={Host};Port={Port};User ID={User};Password={Password};SslMode=Disabled;AllowPublicKeyRetrieval=true;AllowUserVariables=true";

    /// <param name="dataDirectory">Where its data are, if not in a directory that goes with it.</param>
    public static async Task<MariaDbServer> StartAsync(string host = "127.0.0.1", string? dataDirectory = null)
    {
        var server = new MariaDbServer(host, dataDirectory);
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

    /// <summary>An empty database of its own.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"dff_{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        await ExecuteAsync($"CREATE DATABASE {name} CHARACTER SET utf8mb4");
        return name;
    }

    /// <summary>What a silo needs to be told to use a database of this server.</summary>
    public Dictionary<string, string> SettingsOf(string database) => new()
    {
        ["MYSQL_HOST"] = Host,
        ["MYSQL_PORT"] = Port.ToString(CultureInfo.InvariantCulture),
        ["MYSQL_USER"] = User,
        ["MYSQL_PASSWORD"] = Password,
        ["MYSQL_DATABASE"] = database,
    };

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new MySqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Starts again on the same data and port.</summary>
    public Task RestartAsync() => RunAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        MySqlConnection.ClearAllPools();
        _directory.Dispose();
    }

    private async Task InstallAsync()
    {
        await using var install = ServerProcess.Start(
            "mariadb-install-db",
            [$"--datadir={DataDirectory}", "--auth-root-authentication-method=normal", "--skip-test-db", "--no-defaults", .. AsRoot()],
            Package,
            OwnTemporaryFiles);
        await install.WaitForExitAsync(TimeSpan.FromSeconds(120));
        if (install.ExitCode != 0) throw new InvalidOperationException($"mariadb-install-db failed:\n{install.Output}");
        await File.WriteAllTextAsync(
            _directory.Combine("init.sql"),
            $"CREATE USER IF NOT EXISTS '{UserName}'@'%' IDENTIFIED BY '{Password}';\nGRANT ALL PRIVILEGES ON *.* TO '{UserName}'@'%';\nALTER USER root@localhost IDENTIFIED BY '{Password}';\n");
    }

    private async Task RunAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = ServerProcess.Start(
            "mariadbd",
            [
                "--no-defaults", $"--datadir={DataDirectory}", $"--socket={_directory.Combine("s")}", $"--port={Port.ToString(CultureInfo.InvariantCulture)}",
                $"--bind-address={Host}", "--innodb-flush-log-at-trx-commit=1", "--max-allowed-packet=64M", "--skip-name-resolve",
                $"--init-file={_directory.Combine("init.sql")}", $"--pid-file={_directory.Combine("pid")}", .. AsRoot(),
            ],
            Package,
            OwnTemporaryFiles);
        try
        {
            await Eventually.TrueAsync(AnswersAsync, "MariaDB answers");
        }
        catch (TimeoutException error)
        {
            throw new InvalidOperationException($"MariaDB does not answer: {_lastError}\n{_process.Output}", error);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited) throw new InvalidOperationException($"mariadbd ended:\n{_process.Output}");
        try
        {
            await ExecuteAsync("SELECT 1");
            return true;
        }
        catch (MySqlException error)
        {
            _lastError = error.Message;
            return false;
        }
    }

    /// <summary>A server that starts deletes what others have left in the directory of temporary files, and what they are using as well.</summary>
    private Dictionary<string, string> OwnTemporaryFiles => new() { ["TMPDIR"] = _directory.Path };

    private static string[] AsRoot() => Environment.UserName == "root" ? ["--user=root"] : [];
}
