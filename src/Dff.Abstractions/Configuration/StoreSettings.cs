using System.ComponentModel.DataAnnotations;

namespace Dff.Abstractions.Configuration;

/// <summary>MySQL/MariaDB and Redis; without them the embedded SQLite store and a single node.</summary>
public sealed class StoreSettings
{
    [ConfigKey("MYSQL_HOST", "Set: MySQL or MariaDB is the store", DefaultText = "none: the embedded SQLite store")]
    public string? MySqlHost { get; set; }

    [ConfigKey("MYSQL_PORT", "Port of MySQL"), Range(1, 65535)]
    public int MySqlPort { get; set; } = 3306;

    [ConfigKey("MYSQL_USER", "User of MySQL")]
    public string MySqlUser { get; set; } = "root";

    [ConfigKey("MYSQL_PASSWORD", "Password of MySQL", IsSecret = true)]
    public string? MySqlPassword { get; set; }

    [ConfigKey("MYSQL_DATABASE", "Database of MySQL, which must exist"), RegularExpression("[A-Za-z0-9_$-]{1,64}")]
    public string MySqlDatabase { get; set; } = "dataflux_func";

    [ConfigKey("MYSQL_DRIVER", "The library that talks to MySQL: MySqlConnector or MySql.Data"), RegularExpression("MySqlConnector|MySql\\.Data")]
    public string MySqlDriver { get; set; } = "MySqlConnector";

    [ConfigKey("REDIS_HOST", "Set: this node joins the cluster that meets in this Redis", DefaultText = "none: single node")]
    public string? RedisHost { get; set; }

    [ConfigKey("REDIS_PORT", "Port of Redis"), Range(1, 65535)]
    public int RedisPort { get; set; } = 6379;

    [ConfigKey("REDIS_DATABASE", "Database number of Redis"), Range(0, 1023)]
    public int RedisDatabase { get; set; } = 5;

    [ConfigKey("REDIS_PASSWORD", "Password of Redis", IsSecret = true)]
    public string? RedisPassword { get; set; }

    [ConfigKey("DB_AUTO_BACKUP_ENABLED", "Hourly backups", IsLater = true)]
    public bool AutoBackupEnabled { get; set; } = true;

    [ConfigKey("DB_AUTO_BACKUP_LIMIT", "Backups kept", IsLater = true), Range(1, 100000)]
    public int AutoBackupLimit { get; set; } = 168;

    [ConfigKey("DB_AUTO_BACKUP_DIR", "Directory of the backups", IsLater = true, DefaultText = "<data>/sqldump/")]
    public string? AutoBackupDirectory { get; set; }

    public bool IsMySql => !string.IsNullOrEmpty(MySqlHost);

    public bool IsCluster => !string.IsNullOrEmpty(RedisHost);
}
