namespace Dff.Storage.Connections;

public enum StoreKind
{
    Sqlite,
    MySql,
}

public enum MySqlDriver
{
    MySqlConnector,

    /// <summary>Oracle's.</summary>
    MySqlData,
}

public sealed record StoreOptions
{
    public required StoreKind Kind { get; init; }

    public string SqlitePath { get; init; } = "";

    public string Host { get; init; } = "";

    public int Port { get; init; } = 3306;

    public string User { get; init; } = "";

    public string Password { get; init; } = "";

    public string Database { get; init; } = "";

    public MySqlDriver Driver { get; init; }

    /// <summary>The name by which Orleans' AdoNet providers know the driver.</summary>
    public string Invariant => Kind == StoreKind.Sqlite ? "System.Data.SQLite" : Driver == MySqlDriver.MySqlConnector ? "MySql.Data.MySqlConnector" : "MySql.Data.MySqlClient";
}
