using System.Data.Common;
using MySql.Data.MySqlClient;

namespace Dff.Storage.Connections;

/// <summary>Connections to MySQL or MariaDB through MySql.Data, Oracle's driver.</summary>
internal sealed class OracleStoreDataSource(StoreOptions options) : DbDataSource
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
    }.ToString();

    public override string ConnectionString => _connectionString;

    protected override DbConnection CreateDbConnection() => new MySqlConnection(_connectionString);

    /// <summary>Ends the idle connections that the driver keeps.</summary>
    protected override async ValueTask DisposeAsyncCore()
    {
        await using var connection = new MySqlConnection(_connectionString);
        await connection.ClearPoolAsync(connection, CancellationToken.None);
    }
}
