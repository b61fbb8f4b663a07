using System.Data.Common;
using MySqlConnector;

namespace Dff.Storage.Connections;

/// <summary>Connections to MySQL or MariaDB through MySqlConnector.</summary>
internal sealed class MySqlStoreDataSource(StoreOptions options) : DbDataSource
{
    private readonly string _connectionString = new MySqlConnectionStringBuilder
    {
        Server = options.Host,
        Port = (uint)options.Port,
        UserID = options.User,
        Password = options.Password,
        Database = options.Database,
        CharacterSet = "utf8mb4",
        AllowUserVariables = true,
        SslMode = MySqlSslMode.Preferred,
        AllowPublicKeyRetrieval = true,
        MaximumPoolSize = 100,
        ConnectionTimeout = 10,
        DefaultCommandTimeout = 60,
        // No statement of ours leaves anything behind in its session, so that a connection need not be cleaned by a round trip each time.
        ConnectionReset = false,
    }.ToString();

    public override string ConnectionString => _connectionString;

    protected override DbConnection CreateDbConnection() => new MySqlConnection(_connectionString);

    /// <summary>Ends the idle connections that the driver keeps.</summary>
    protected override async ValueTask DisposeAsyncCore()
    {
        await using var connection = new MySqlConnection(_connectionString);
        await MySqlConnection.ClearPoolAsync(connection);
    }
}
