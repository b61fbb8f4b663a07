using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dff.Web.Api;
using Microsoft.OpenApi;

namespace Dff.Web.Docs;

/// <summary>
/// The JSON schemas of what answers are made of, read from the serializer that writes them, so that names cannot differ. Every record is a component of
/// the document. ASP.NET's own schemas would say what it accepts (numbers as text, fields left out) instead of what is always written.
/// </summary>
internal sealed class AnswerSchemas(OpenApiDocument document)
{
    private readonly Dictionary<string, Type> _components = new(StringComparer.Ordinal);

    public IOpenApiSchema Of(Type type)
    {
        if (type == typeof(void)) return new OpenApiSchema { Type = JsonSchemaType.Null };
        if (Nullable.GetUnderlyingType(type) is { } underlying) return OrNull(Of(underlying));
        if (Simple(type) is { } simple) return simple;
        if (type.IsEnum) return OfEnum(type);
        var facts = ApiJson.Options.GetTypeInfo(type);
        return facts.Kind switch
        {
            JsonTypeInfoKind.Object when type != typeof(object) => Component(facts),
            JsonTypeInfoKind.Enumerable => new OpenApiSchema { Type = JsonSchemaType.Array, Items = Of(facts.ElementType!) },
            JsonTypeInfoKind.Dictionary => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Of(facts.ElementType!) },
            // RawJson, JsonElement, object: any JSON.
            _ => new OpenApiSchema(),
        };
    }

    private static OpenApiSchema? Simple(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type == typeof(DateTimeOffset) => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        _ when type.IsEnum => null,
        TypeCode.String => new OpenApiSchema { Type = JsonSchemaType.String },
        TypeCode.Boolean => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        TypeCode.Int32 => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
        TypeCode.Int64 => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
        TypeCode.Double or TypeCode.Decimal => new OpenApiSchema { Type = JsonSchemaType.Number },
        _ => null,
    };

    /// <summary>Its values as they are written: names or numbers.</summary>
    private static OpenApiSchema OfEnum(Type type)
    {
        var values = Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, type, ApiJson.Options)!).ToList();
        return new OpenApiSchema { Type = values[0].GetValueKind() == JsonValueKind.String ? JsonSchemaType.String : JsonSchemaType.Integer, Enum = values };
    }

    private OpenApiSchemaReference Component(JsonTypeInfo facts)
    {
        var name = facts.Type.Name;
        if (!_components.TryAdd(name, facts.Type))
        {
            if (_components[name] != facts.Type) throw new InvalidOperationException($"{facts.Type} and {_components[name]} would be the same component of the document");
            return new OpenApiSchemaReference(name, document);
        }

        var schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema>(), Required = new HashSet<string>() };
        document.AddComponent(name, schema);
        // Without a getter: ignored.
        foreach (var property in facts.Properties.Where(property => property.Get is not null))
        {
            var canBeLeftOut = IsLeftOutAsNull(property);
            var value = Of(canBeLeftOut ? Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType : property.PropertyType);
            schema.Properties[property.Name] = property.IsGetNullable && !canBeLeftOut ? OrNull(value) : value;
            if (!canBeLeftOut) schema.Required.Add(property.Name);
        }

        return new OpenApiSchemaReference(name, document);
    }

    private static bool IsLeftOutAsNull(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingNull }];

    private static IOpenApiSchema OrNull(IOpenApiSchema schema)
    {
        switch (schema)
        {
            case OpenApiSchema { Type: { } type, Enum: null } inline:
                inline.Type = type | JsonSchemaType.Null;
                return inline;
            // Any JSON can be null already.
            case OpenApiSchema { Type: null }:
                return schema;
            default:
                return new OpenApiSchema { OneOf = [schema, new OpenApiSchema { Type = JsonSchemaType.Null }] };
        }
    }
}
