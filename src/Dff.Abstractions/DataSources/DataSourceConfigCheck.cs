using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dff.Abstractions.Errors;

namespace Dff.Abstractions.DataSources;

/// <summary>A configuration must be complete for its type and hold nothing but what it is for: a host is a host, and no path of a socket.</summary>
public static partial class DataSourceConfigCheck
{
    private const int LongestText = 4096;
    private const int DeepestNesting = 32;

    /// <summary>All fields that a configuration can have: what is not text is named below.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "host", "servers", "protocol", "database", "user", "password", "charset", "token", "accessKey", "secretKey",
        // Those of the later generation.
        "guanceNode", "guanceOpenAPIURL", "guanceWebSocketURL", "guanceOpenWayURL", "guanceAPIKeyId", "guanceAPIKey", "source", "authType", "clientId", "groupId",
        "securityProtocol", "saslMechanisms", "kafkaSubOffset",
    ];

    private static readonly HashSet<string> Known = [.. Texts, "port", "meta", "multiSubClient", "topicHandlers"];

    /// <summary>Types that several servers can stand behind.</summary>
    private static readonly HashSet<string> TakesServers = ["memcached", "nsq", "kafka"];

    private static readonly HashSet<string> NeedsHost =
        ["df_dataway", "df_datakit", "dff_sidecar", "influxdb", "mysql", "redis", "clickhouse", "oracle", "sqlserver", "postgresql", "mongodb", "elasticsearch", "mqtt"];

    /// <param name="path">Where the configuration stands in the request, like <c>data.configJSON</c>.</param>
    /// <exception cref="DffException">EClientBadRequest.InvalidDataSourceConfigJSON that names the field.</exception>
    public static void Require(DataSourceConfig config, string type, string path)
    {
        foreach (var (name, value) in config.Fields)
        {
            if (!Known.Contains(name)) throw Refused(path, name, $"no such field; known are {string.Join(", ", Known.Order(StringComparer.Ordinal))}");
            if (Texts.Contains(name)) RequireText(path, name, value);
            if (name == "multiSubClient" && value.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False)) throw Refused(path, name, "true or false is expected");
            if (name == "topicHandlers" && value.GetValueKind() != JsonValueKind.Array) throw Refused(path, name, "an array is expected");
        }

        if (config.Fields.FirstOrDefault(field => field.Key == "port").Value is { } port && (port.GetValueKind() != JsonValueKind.Number || !port.AsValue().TryGetValue<int>(out var number) || number is < 1 or > 65535))
            throw Refused(path, "port", "a port of 1 to 65535 is expected");
        if (config.TextOf("host") is { Length: > 0 } host && !Host().IsMatch(host)) throw Refused(path, "host", "the name or address of a server is expected, without a port");
        if (config.TextOf("protocol") is { Length: > 0 } protocol && protocol is not ("http" or "https")) throw Refused(path, "protocol", "http or https is expected");
        if (config.TextOf("charset") is { Length: > 0 } charset && !Charset().IsMatch(charset)) throw Refused(path, "charset", "the name of a character set is expected, like utf8mb4");
        if (config.TextOf("servers") is { Length: > 0 } servers) RequireServers(path, servers);
        if (NeedsHost.Contains(type) && string.IsNullOrEmpty(config.TextOf("host"))) throw Refused(path, "host", $"is required for {type}");
        if (TakesServers.Contains(type) && string.IsNullOrEmpty(config.TextOf("servers")) && string.IsNullOrEmpty(config.TextOf("host")))
            throw Refused(path, "servers", $"host:port is required for {type}, several with commas");
    }

    /// <summary>What is nested deeper, not every reader of JSON could read.</summary>
    internal static void RequireFlat(JsonElement given, string path)
    {
        foreach (var field in given.EnumerateObject())
        {
            if (IsDeeperThan(DeepestNesting, field.Value)) throw Refused(path, field.Name, $"at most {DeepestNesting} levels are accepted");
        }
    }

    private static bool IsDeeperThan(int levels, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => levels == 0 || value.EnumerateArray().Any(item => IsDeeperThan(levels - 1, item)),
        JsonValueKind.Object => levels == 0 || value.EnumerateObject().Any(field => IsDeeperThan(levels - 1, field.Value)),
        _ => false,
    };

    private static void RequireText(string path, string name, JsonNode value)
    {
        if (value.GetValueKind() != JsonValueKind.String) throw Refused(path, name, "a string is expected");
        var text = value.GetValue<string>();
        if (text.Length > LongestText) throw Refused(path, name, $"at most {LongestText} characters are accepted, not {text.Length}");
        if (text.Contains('\0')) throw Refused(path, name, "the character NUL is not accepted");
    }

    private static void RequireServers(string path, string servers)
    {
        foreach (var server in servers.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Server().IsMatch(server) || (server.Split(':') is [.., var port] && server.Contains(':') && int.TryParse(port, out var number) && number is < 1 or > 65535))
                throw Refused(path, "servers", "host:port is expected, several with commas");
        }
    }

    private static DffException Refused(string path, string name, string what) =>
        new($"{ErrorReason.ClientBadRequest}.InvalidDataSourceConfigJSON", $"{path}.{name}: {what}", new { field = $"{path}.{name}" });

    [GeneratedRegex(@"^(?=.{1,253}\z)([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Host();

    [GeneratedRegex(@"^([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Server();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Charset();
}
