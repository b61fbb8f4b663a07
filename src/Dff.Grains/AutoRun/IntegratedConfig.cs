using Dff.Abstractions.Crontab;
using Dff.Grains.Scripts;

namespace Dff.Grains.AutoRun;

/// <summary>The crontab config that a function makes by itself, by <c>integration_config={'crontab': …}</c>. It follows its function, and goes with it.</summary>
public static class IntegratedConfig
{
    public const string Origin = "INTEGRATION";

    public static string IdOf(string functionId) => $"cron-autorun-{Md5.OfText(functionId)}";

    public static CrontabConfigChange For(string functionId) => new() { FuncId = functionId, Origin = Origin, Scope = "AUTORUN" };
}
