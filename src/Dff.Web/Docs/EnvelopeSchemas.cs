using System.Text.Json.Nodes;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Microsoft.OpenApi;

namespace Dff.Web.Docs;

/// <summary>The schemas of what <see cref="Envelope"/> writes.</summary>
internal static class EnvelopeSchemas
{
    public const string Error = "ErrorEnvelope";

    public static OpenApiSchema Of(ApiRoute route, AnswerSchemas answers)
    {
        var item = route.Answer is { } type ? answers.Of(type) : new OpenApiSchema();
        var data = route.IsList ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = item } : item;
        var envelope = Object(
            ("ok", Only(JsonSchemaType.Boolean, true)), ("error", Only(JsonSchemaType.Integer, 200)), ("message", Text()), ("data", data), ("traceId", Text()), ("reqCost", Milliseconds()));
        if (route is { IsList: true, Paging: not Paging.None }) envelope.Properties!["pageInfo"] = answers.Of(typeof(PageInfo));
        return envelope;
    }

    public static OpenApiSchema OfError()
    {
        var envelope = Object(
            ("ok", Only(JsonSchemaType.Boolean, false)),
            ("error", Say(new OpenApiSchema { Type = JsonSchemaType.Number }, "The HTTP status, and after the point what tells reasons with the same status apart")),
            ("message", Say(Text(), "What is wrong, for people")),
            ("reason", Say(Text(), "What is wrong, for programs; a sub-reason may follow after a dot")),
            ("detail", Say(new OpenApiSchema(), "What a program needs to react, like the field that is wrong; null where there is nothing to say")),
            ("reqDump", Say(new OpenApiSchema(), "The request as the server saw it, with secrets masked")),
            ("traceId", Text()),
            ("reqCost", Milliseconds()));
        envelope.Properties!["data"] = Say(new OpenApiSchema(), "Where a failure has a result too, as a draft's run has");
        envelope.Examples = [AnswerExamples.OfError()];
        return envelope;
    }

    /// <summary>All fields given are always there.</summary>
    private static OpenApiSchema Object(params ReadOnlySpan<(string Name, IOpenApiSchema Schema)> fields)
    {
        var schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema>(), Required = new HashSet<string>() };
        foreach (var (name, field) in fields)
        {
            schema.Properties[name] = field;
            schema.Required.Add(name);
        }

        return schema;
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Milliseconds() => Say(new OpenApiSchema { Type = JsonSchemaType.Integer }, "Milliseconds the request took");

    private static OpenApiSchema Only(JsonSchemaType type, JsonNode value) => new() { Type = type, Enum = [value] };

    private static OpenApiSchema Say(OpenApiSchema schema, string description)
    {
        schema.Description = description;
        return schema;
    }
}
