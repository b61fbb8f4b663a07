using System.ComponentModel.DataAnnotations;

namespace Dff.Abstractions.Configuration;

/// <summary>Limits of what is asked of data sources through the API; scripts have those of their function.</summary>
public sealed class DataSourceOptions
{
    [ConfigKey("_DATA_SOURCE_TEST_TIMEOUT", "Seconds that a data source may take to answer a test"), Range(1, 300)]
    public int TestTimeout { get; set; } = 10;

    [ConfigKey("_DATA_SOURCE_QUERY_TIMEOUT", "Seconds that a query by the API may run"), Range(1, 3600)]
    public int QueryTimeout { get; set; } = 30;

    [ConfigKey("_DATA_SOURCE_QUERY_MAX_ROWS", "Most rows of its answer"), Range(1, 1_000_000)]
    public int QueryMaxRows { get; set; } = 10_000;

    [ConfigKey("_DATA_SOURCE_QUERY_MAX_BYTES", "Largest answer"), Range(1024, 104_857_600)]
    public int QueryMaxBytes { get; set; } = 10 * 1024 * 1024;
}
