using System.Globalization;
using System.Text.Json.Nodes;
using Dff.Web.Contracts;
using Microsoft.OpenApi;

namespace Dff.Web.Docs;

/// <summary>Fields as JSON schemas.</summary>
internal static class Schemas
{
    public static OpenApiSchema Of(FieldSet fields) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = fields.All.ToDictionary(field => field.Name, IOpenApiSchema (field) => Of(field)),
        Required = fields.All.Where(field => field.IsRequired).Select(field => field.Name).ToHashSet(),
        AdditionalPropertiesAllowed = false,
    };

    public static OpenApiSchema AnyObject() => new() { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema() };

    public static OpenApiSchema Of(Field field)
    {
        var schema = field.Fields is { } fields ? Of(fields) : new OpenApiSchema { Type = TypeOf(field.Type) };
        if (field.IsNullable && schema.Type is { } type) schema.Type = type | JsonSchemaType.Null;
        schema.Description = (FormOf(field.Type), field.Description) switch
        {
            ({ } form, { } description) => $"{form}: {description}",
            var (form, description) => form ?? description,
        };
        if (field.Type == FieldType.Time) schema.Format = "date-time";
        if (field.Type == FieldType.Array) (schema.MinItems, schema.MaxItems) = (field.MinLength, field.MaxLength);
        else (schema.MinLength, schema.MaxLength) = (field.MinLength, field.MaxLength);
        schema.Minimum = field.Minimum?.ToString(CultureInfo.InvariantCulture);
        schema.Maximum = field.Maximum?.ToString(CultureInfo.InvariantCulture);
        if (field.OneOf is { } values) schema.Enum = [.. values.Select(value => (JsonNode)JsonValue.Create(value))];
        if (field is { Type: FieldType.Object, Fields: null }) schema.AdditionalProperties = new OpenApiSchema();
        if (field.Items is { } items) schema.Items = Of(items);
        else if (field.Type == FieldType.Array) schema.Items = new OpenApiSchema();
        return schema;
    }

    /// <summary>What a text must be, where its type does not say it.</summary>
    private static string? FormOf(FieldType type) => type switch
    {
        FieldType.CommaArray => "Comma-separated",
        FieldType.JsonString => "JSON text",
        _ => null,
    };

    private static JsonSchemaType? TypeOf(FieldType type) => type switch
    {
        FieldType.String or FieldType.CommaArray or FieldType.JsonString or FieldType.Time => JsonSchemaType.String,
        FieldType.Integer => JsonSchemaType.Integer,
        FieldType.Number => JsonSchemaType.Number,
        FieldType.Boolean => JsonSchemaType.Boolean,
        FieldType.Object => JsonSchemaType.Object,
        FieldType.Array => JsonSchemaType.Array,
        _ => null,
    };
}
