using System.Text.Json.Serialization;
using Dff.Abstractions.DataSources;
using Dff.Abstractions.Scripts;

namespace Dff.Storage.DataSources;

public sealed record DataSourceRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string? Title { get; init; }

    public string? Description { get; init; }

    public string Type { get; init; } = "";

    /// <summary>Without secrets.</summary>
    public RawJson ConfigJSON { get; init; }

    /// <summary>Names of the secrets that are stored, whose values are never answered.</summary>
    public RawJson SecretFieldsJSON { get; init; }

    public bool IsBuiltin { get; init; }

    public bool IsPinned { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    [JsonIgnore]
    public string? SealedSecrets { get; init; }

    /// <summary>Another one with every change of type or configuration.</summary>
    [JsonIgnore]
    public string ConfigVersion { get; init; } = "";

    /// <summary>Where <see cref="SealedSecrets"/> belongs.</summary>
    public static string PlaceOf(string id) => $"dataSource/{id}";
}

public sealed record NewDataSource(string Id, string Type, DataSourceConfig Config)
{
    public string? Title { get; init; }

    public string? Description { get; init; }

    public bool IsBuiltin { get; init; }

    public bool IsPinned { get; init; }
}

/// <summary>New values; what is not set stays.</summary>
public sealed record DataSourceChange
{
    public Change<string> Title { get; init; }

    public Change<string> Description { get; init; }

    public bool? IsPinned { get; init; }

    public DataSourceConfig? Config { get; init; }
}
