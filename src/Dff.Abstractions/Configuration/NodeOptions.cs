using System.ComponentModel.DataAnnotations;

namespace Dff.Abstractions.Configuration;

/// <summary>This silo: its data, its place in the cluster, its logs.</summary>
public sealed class NodeOptions
{
    [ConfigKey("DATA_DIR", "Directory of the embedded store, the secret, logs and extra packages (environment only)"), Required]
    public string DataDirectory { get; set; } = "./data";

    [ConfigKey("SECRET", "Signs and encrypts; at least 16 characters. Must be given when MYSQL_HOST is set; another one is refused later without FORMER_SECRET", DefaultText = "made at first start", IsSecret = true), MinLength(16)]
    public string? Secret { get; set; }

    [ConfigKey("FORMER_SECRET", "The SECRET before this one, to exchange it: what it encrypted is encrypted anew at the start", IsSecret = true), MinLength(16)]
    public string? FormerSecret { get; set; }

    [ConfigKey("ROLES", "What this node does: web (HTTP beyond health), worker (runs functions), scheduler (crontab and queue grains)"), RegularExpression("(web|worker|scheduler)(,(web|worker|scheduler))*")]
    public string Roles { get; set; } = "web,worker,scheduler";

    [ConfigKey("SILO_ADDRESS", "Address that other silos reach this one at", DefaultText = "127.0.0.1, or the first address of this machine when REDIS_HOST is set")]
    public string? SiloAddress { get; set; }

    [ConfigKey("SILO_PORT", "Port between silos"), Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    [ConfigKey("GATEWAY_PORT", "Port for Orleans clients"), Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

    [ConfigKey("TIMEZONE", "Default time zone of crontab configs (IANA name); the first set-up stores it", DefaultText = "the server's")]
    public string? TimeZone { get; set; }

    [ConfigKey("ADMIN_USERNAME", "Administrator of an unattended first set-up")]
    public string AdminUsername { get; set; } = "admin";

    [ConfigKey("ADMIN_PASSWORD", "Set: the first start sets up unattended", IsSecret = true)]
    public string? AdminPassword { get; set; }

    [ConfigKey("LOG_LEVEL", "ALL, DEBUG, INFO, WARNING, ERROR, NONE"), RegularExpression("ALL|DEBUG|INFO|WARNING|ERROR|NONE")]
    public string LogLevel { get; set; } = "WARNING";

    [ConfigKey("LOG_FILE_PATH", "Log file", DefaultText = "<data>/dataflux-func.log")]
    public string? LogFilePath { get; set; }

    [ConfigKey("LOG_FILE_FORMAT", "text or json"), RegularExpression("text|json")]
    public string LogFileFormat { get; set; } = "text";

    [ConfigKey("LOG_CONSOLE_COLOR", "Colours in the console log")]
    public bool LogConsoleColor { get; set; } = true;

    public bool HasRole(string role) => Roles.Split(',').Contains(role);
}
