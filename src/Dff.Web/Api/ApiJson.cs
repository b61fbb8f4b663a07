using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dff.Abstractions;

namespace Dff.Web.Api;

public static class ApiJson
{
    /// <summary>camelCase, times as ISO 8601 UTC with milliseconds, text unescaped where JSON allows it.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = Storage.RawJson.DeepestNesting,
        Converters = { new UtcTimeConverter() },
        // Named, so that the types can be asked about before the first answer is written.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };
}
