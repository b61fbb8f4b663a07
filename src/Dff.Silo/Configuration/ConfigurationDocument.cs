using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Dff.Abstractions.Configuration;

namespace Dff.Silo.Configuration;

/// <summary>The page of all configuration keys, made from the options types so that none can be forgotten.</summary>
public static class ConfigurationDocument
{
    private static readonly Dictionary<Type, string> Titles = new()
    {
        [typeof(NodeOptions)] = "This node",
        [typeof(StoreSettings)] = "Store and cluster",
        [typeof(WebOptions)] = "HTTP",
        [typeof(WorkerOptions)] = "Queues, processes, functions",
        [typeof(RecordOptions)] = "Records",
        [typeof(DataSourceOptions)] = "Data sources",
        [typeof(MqttOptions)] = "MQTT",
    };

    public static string Render()
    {
        var page = new StringBuilder(
            """
            # Configuration

            Made by `dff --configuration-keys`. Defaults are overruled by `<data>/user-config.yaml` (a flat map of keys), and that by the environment:
            `DFF_` + the key, read literally, so `_WORKER_CONCURRENCY` is `DFF__WORKER_CONCURRENCY`. Maps are JSON in the environment, e.g.
            `DFF__WORKER_CONCURRENCY_MAP='{"1": 20}'`. `DFF_<KEY>_FILE` reads a value from a file. An unknown key, a wrong type or a value out of range stops the start.

            Keys that begin with `CUSTOM_` are yours: scripts read them by `DFF.CONFIG`. Keys marked ¹ are accepted and take effect with a later version.
            Keys marked ² can be changed while the system runs: a system config of the same ID (`POST /api/v1/system-configs/:id/do/set`) overrules them on all nodes at once.

            """);
        foreach (var type in ConfigurationReader.OptionTypes)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {Titles[type]}\n\n| key | default | meaning |\n|---|---|---|\n");
            var defaults = Activator.CreateInstance(type)!;
            foreach (var (attribute, property) in ConfigurationReader.KeysOf(type))
                page.Append(CultureInfo.InvariantCulture, $"| `{attribute.Key}`{(attribute.IsLater ? "¹" : "")}{(RunTimeKeys.All.Contains(attribute.Key) ? "²" : "")} | {Default(attribute, property, defaults)} | {attribute.Meaning}{(attribute.IsSecret ? " (secret)" : "")} |\n");
        }

        return page.ToString();
    }

    private static string Default(ConfigKeyAttribute attribute, PropertyInfo property, object defaults)
    {
        if (attribute.DefaultText is { } text) return text;
        return property.GetValue(defaults) switch
        {
            null => "none",
            string value => value.Length == 0 ? "none" : $"`{value}`",
            bool value => value ? "`true`" : "`false`",
            int value => $"`{value.ToString(CultureInfo.InvariantCulture)}`",
            System.Collections.IDictionary { Count: 0 } => "none",
            var value => $"`{JsonSerializer.Serialize(value)}`",
        };
    }
}
