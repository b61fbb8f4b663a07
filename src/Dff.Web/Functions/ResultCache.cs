using System.Buffers;
using System.Text;
using System.Text.Json;
using Dff.Abstractions.Functions;
using Microsoft.Extensions.Caching.Memory;

namespace Dff.Web.Functions;

/// <summary>Results of functions with <c>cache_result</c>, in the memory of this silo and by bytes bounded.</summary>
public sealed class ResultCache : IDisposable
{
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly MemoryCache _results = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    /// <summary>A new version, other arguments or another form is another result; the order of arguments is not.</summary>
    public static string KeyOf(FunctionFacts function, byte[] kwargs, FunctionReturns returns) =>
        $"{function.Id}\n{function.PublishVersion}\n{(int)returns}\n{Canonical(kwargs)}";

    public FunctionOutcome? Find(string key) => _results.Get<FunctionOutcome>(key);

    public void Keep(string key, FunctionOutcome outcome, double seconds) => _results.Set(key, outcome, new MemoryCacheEntryOptions
    {
        AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(Math.Min(seconds, 30 * 86400)),
        Size = key.Length + outcome.Raw.Length + outcome.Repr.Length + outcome.JsonDumps.Length + 256,
    });

    public void Dispose() => _results.Dispose();

    private static string Canonical(byte[] kwargs)
    {
        using var document = JsonDocument.Parse(kwargs, new JsonDocumentOptions { MaxDepth = 600 });
        var buffer = new ArrayBufferWriter<byte>(kwargs.Length);
        using (var json = new Utf8JsonWriter(buffer)) Write(json, document.RootElement);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(json, item);
                json.WriteEndArray();
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }
}
