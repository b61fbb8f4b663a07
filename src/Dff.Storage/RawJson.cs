using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dff.Storage;

/// <summary>JSON text of a column, which goes into answers as it is.</summary>
[JsonConverter(typeof(RawJsonConverter))]
public readonly record struct RawJson(string Text)
{
    /// <summary>More than any request or result may have.</summary>
    public const int DeepestNesting = 2000;

    public override string ToString() => Text;

    private sealed class RawJsonConverter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return new RawJson(document.RootElement.GetRawText());
        }

        /// <summary>Checked here, because the writer's own check takes nothing that is nested deeper than 64 levels, as arguments and results may be.</summary>
        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
        {
            var json = Encoding.UTF8.GetBytes(value.Text ?? "null");
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DeepestNesting });
            while (reader.Read())
            {
            }

            writer.WriteRawValue(json, skipInputValidation: true);
        }
    }
}
