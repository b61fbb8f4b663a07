using System.Text.Json.Serialization;

namespace Dff.Storage.FuncStore;

/// <summary>A value that scripts have stored.</summary>
public sealed record FuncStoreRow
{
    public const string IdPrefix = "fnst-";

    public long Seq { get; init; }

    public string Id => $"{IdPrefix}{Seq}";

    public string Scope { get; init; } = "";

    [JsonPropertyName("key")] public string StoreKey { get; init; } = "";

    public RawJson ValueJSON { get; init; }

    /// <summary>Unix seconds; null: it is kept until it is deleted.</summary>
    public long? ExpireAt => ExpireTime?.ToUnixTimeSeconds();

    [JsonIgnore] public DateTimeOffset? ExpireTime { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}
