using System.Data.Common;
using System.Globalization;

namespace Dff.Storage.Connections;

/// <summary>Connections to MySQL or MariaDB, through whichever driver the options name; the keys are those that both know.</summary>
internal sealed class MySqlStoreDataSource(StoreOptions options) : DbDataSource
{
    private readonly DbProviderFactory _driver = options.Driver == MySqlDriver.MySqlConnector ? MySqlConnector.MySqlConnectorFactory.Instance : MySql.Data.MySqlClient.MySqlClientFactory.Instance;

    private readonly string _connectionString = Text(options);

    public override string ConnectionString => _connectionString;

    protected override DbConnection CreateDbConnection()
    {
        var connection = _driver.CreateConnection()!;
        connection.ConnectionString = _connectionString;
        return connection;
    }

    /// <summary>Ends the idle connections that the driver keeps; those in use end when they are given back.</summary>
    public async ValueTask ForgetConnectionsAsync()
    {
        await using var connection = CreateDbConnection();
        if (connection is MySqlConnector.MySqlConnection ours) await MySqlConnector.MySqlConnection.ClearPoolAsync(ours);
        else if (connection is MySql.Data.MySqlClient.MySqlConnection oracles) await oracles.ClearPoolAsync(oracles, CancellationToken.None);
    }

    protected override ValueTask DisposeAsyncCore() => ForgetConnectionsAsync();

    private static string Text(StoreOptions options) => new DbConnectionStringBuilder
    {
        ["Server"] = options.Host,
        ["Port"] = options.Port.ToString(CultureInfo.InvariantCulture),
        ["User ID"] = options.User,
        ["Password"] = options.Password,
        ["Database"] = options.Database,
        ["Character Set"] = "utf8mb4",
        ["Allow User Variables"] = "true",
        ["SslMode"] = "Preferred",
        ["AllowPublicKeyRetrieval"] = "true",
        ["Maximum Pool Size"] = "100",
        ["Connection Timeout"] = "10",
        ["Default Command Timeout"] = "60",
        // No statement of ours leaves anything behind in its session, so that a connection need not be cleaned by a round trip each time.
        ["Connection Reset"] = "false",
    }.ToString();
}
