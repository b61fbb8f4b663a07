using System.Text.Json;
using System.Text.Json.Serialization;
using Dff.Abstractions.AuthLinks;
using Dff.Storage;

namespace Dff.Grains.AuthLinks;

internal static class ThrottlingJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static RawJson Of(Throttling limits) => new(JsonSerializer.Serialize(limits, Options));
}
