using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;

namespace Dff.Abstractions.DataSources;

/// <summary>What holds for data sources, whoever changes them: callers of the API or scripts.</summary>
public static class DataSourceRules
{
    /// <summary>Where the configuration that is handed to a worker to be tried is sealed for; it opens nowhere else.</summary>
    public const string ProbePlace = "dataSourceProbe";

    private const string ReservedPrefix = "df_";

    public static IReadOnlyList<string> Types { get; } =
        ["df_dataway", "influxdb", "mysql", "redis", "memcached", "clickhouse", "oracle", "sqlserver", "postgresql", "mongodb", "elasticsearch", "nsq"];

    /// <summary>Those of the later generation as well, which calls data sources connectors.</summary>
    public static IReadOnlyList<string> ConnectorTypes { get; } = [.. Types, "guance", "df_datakit", "dff_sidecar", "mqtt", "kafka"];

    public static string RequireNewId(string id, string field)
    {
        EnvVariableIds.Require(id, field);
        if (id.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            throw DffException.Condition("ReservedDataSourceIDPrefix", $"{field}: IDs that begin with {ReservedPrefix} are reserved", new { id });
        return id;
    }

    public static void RequireType(string type, string field)
    {
        if (!ConnectorTypes.Contains(type)) throw DffException.BadRequest(field, $"{field}: one of {string.Join(", ", ConnectorTypes)} is expected");
    }

    public static DffException BuiltinModified(string id) =>
        DffException.Condition("ModifyingBuiltinDataSourceNotAllowed", $"The data source {id} is built in and cannot be changed", new { id });

    public static DffException BuiltinDeleted(string id) =>
        DffException.Condition("DeletingBuiltinDataSourceNotAllowed", $"The data source {id} is built in and cannot be deleted", new { id });
}
