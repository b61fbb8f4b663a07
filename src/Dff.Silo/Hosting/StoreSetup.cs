using Dff.Abstractions.Configuration;
using Dff.Storage.Connections;

namespace Dff.Silo.Hosting;

internal static class StoreSetup
{
    public static StoreOptions Of(NodeOptions node, StoreSettings settings) => settings.IsMySql
        ? new StoreOptions
        {
            Kind = StoreKind.MySql,
            Host = settings.MySqlHost!,
            Port = settings.MySqlPort,
            User = settings.MySqlUser,
            Password = settings.MySqlPassword ?? "",
            Database = settings.MySqlDatabase,
            Driver = settings.MySqlDriver == "MySql.Data" ? MySqlDriver.MySqlData : MySqlDriver.MySqlConnector,
        }
        : new StoreOptions { Kind = StoreKind.Sqlite, SqlitePath = Path.Combine(node.DataDirectory, "dff.db") };
}
