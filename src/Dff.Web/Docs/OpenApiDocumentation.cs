using System.Net.Http;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dff.Web.AccessKeys;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Dff.Web.Docs;

/// <summary>Describes the table of routes as an OpenAPI document: what is documented is what is checked.</summary>
internal static partial class OpenApiDocumentation
{
    public const string TokenScheme = "authToken";
    private const string JsonType = "application/json";
    private const string KeyIdScheme = "accessKeyId";
    private const string KeySecretScheme = "accessKeySecret";

    public static Task FillAsync(OpenApiDocument document, IEnumerable<ApiRoute> routes, string version)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Dff API",
            Version = version,
            Description = "Python functions over HTTP. Answers are envelopes {ok, error, message, data, traceId, reqCost} unless a route answers bare results.",
        };
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[TokenScheme] = HeaderScheme(Users.Authenticator.TokenHeader, "The xAuthToken that signing in answers");
        document.Components.SecuritySchemes[KeyIdScheme] = HeaderScheme(AccessKeySignature.IdHeader, "The ID of an access key");
        document.Components.SecuritySchemes[KeySecretScheme] = HeaderScheme(
            AccessKeySignature.SecretHeader, $"The secret of the access key; or a signature in {AccessKeySignature.SignHeader} and its companions, without the secret");
        document.Tags = routes.Select(route => route.Tag).Append(Health.HealthRoutes.Tag).Distinct().Select(tag => new OpenApiTag { Name = tag }).ToHashSet();
        document.Paths ??= [];
        document.AddComponent(EnvelopeSchemas.Error, EnvelopeSchemas.OfError());
        var answers = new AnswerSchemas(document);
        foreach (var route in routes)
        {
            if (!document.Paths.TryGetValue(route.Pattern, out var path)) document.Paths[route.Pattern] = path = new OpenApiPathItem();
            ((OpenApiPathItem)path).AddOperation(new HttpMethod(route.Method), Operation(document, route, answers));
        }

        foreach (var (path, example) in Health.HealthRoutes.Examples) document.Paths[path].Operations![HttpMethod.Get].Responses!["200"] = Response("How it is", Schemas.AnyObject(), JsonNode.Parse(example));
        return Task.CompletedTask;
    }

    private static OpenApiOperation Operation(OpenApiDocument document, ApiRoute route, AnswerSchemas answers)
    {
        var operation = new OpenApiOperation
        {
            OperationId = $"{route.Method.ToLowerInvariant()}{NotWord().Replace(route.Pattern, "_")}",
            Summary = route.Summary,
            Description = Description(route),
            Tags = new HashSet<OpenApiTagReference> { new(route.Tag, document) },
            Parameters = [.. PathParameters(route), .. route.Query.All.Concat(route.IsList ? ListFields.Of(route.Paging) : []).Select(QueryParameter)],
            Responses = new OpenApiResponses
            {
                ["200"] = route.Raw is { } raw ? Bare(raw) : Response("The envelope", EnvelopeSchemas.Of(route, answers), AnswerExamples.Of(route)),
                ["default"] = Response("The envelope of an error", new OpenApiSchemaReference(EnvelopeSchemas.Error, document)),
            },
        };
        if (route.Body is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = route.Upload is not null || body.All.Any(field => field.IsRequired),
                Content = route.Upload is { } upload ? Form(Schemas.Of(body), upload, RequestExamples.BodyOf(route)) : Json(Schemas.Of(body), RequestExamples.BodyOf(route)),
            };
        }
        else if (route.TakesAnyFields)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Description = "JSON, or the same fields as a form",
                Content = Json(Schemas.AnyObject(), RequestExamples.BodyOf(route)),
            };
        }

        if (route.Access != Access.Public) operation.Security = [Requirement(document, TokenScheme)];
        if (route.Access == Access.SignedIn) operation.Security!.Add(Requirement(document, KeyIdScheme, KeySecretScheme));
        return operation;
    }

    private static OpenApiSecurityScheme HeaderScheme(string header, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = header, Description = description };

    private static OpenApiSecurityRequirement Requirement(OpenApiDocument document, params ReadOnlySpan<string> schemes)
    {
        var requirement = new OpenApiSecurityRequirement();
        foreach (var scheme in schemes) requirement[new OpenApiSecuritySchemeReference(scheme, document)] = [];
        return requirement;
    }

    private static OpenApiResponse Response(string description, IOpenApiSchema schema, JsonNode? example = null) => new() { Description = description, Content = Json(schema, example) };

    private static OpenApiResponse Bare(RawAnswer raw) => new()
    {
        Description = "Bare, without an envelope",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [raw.ContentType] = raw switch
            {
                { Example: null } => new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } },
                { ContentType: JsonType } => new OpenApiMediaType { Schema = new OpenApiSchema(), Example = JsonNode.Parse(raw.Example!) },
                _ => new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = raw.Example! },
            },
        },
    };

    private static Dictionary<string, OpenApiMediaType> Json(IOpenApiSchema schema, JsonNode? example) => new() { [JsonType] = new OpenApiMediaType { Schema = schema, Example = example } };

    private static Dictionary<string, OpenApiMediaType> Form(OpenApiSchema schema, Upload upload, JsonNode? example)
    {
        schema.Properties ??= new Dictionary<string, IOpenApiSchema>();
        schema.Properties[upload.Field] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        (schema.Required ??= new HashSet<string>()).Add(upload.Field);
        return new Dictionary<string, OpenApiMediaType> { ["multipart/form-data"] = new() { Schema = schema, Example = example } };
    }

    private static string? Description(ApiRoute route) =>
        string.Join(" ", new[] { route.Description, route.Privilege is { } privilege ? $"Needs the privilege {privilege}." : null }.Where(part => part is not null));

    private static IEnumerable<IOpenApiParameter> PathParameters(ApiRoute route) =>
        RouteParameter().Matches(route.Pattern).Select(match => new OpenApiParameter
        {
            Name = match.Groups[1].Value,
            In = ParameterLocation.Path,
            Required = true,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = RequestExamples.ParameterOf(route, match.Groups[1].Value),
        });

    private static OpenApiParameter QueryParameter(Field field) => new()
    {
        Name = field.Name,
        In = ParameterLocation.Query,
        Required = field.IsRequired,
        Description = field.Description,
        Schema = Schemas.Of(field),
    };

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex RouteParameter();

    [GeneratedRegex(@"\W+")]
    private static partial Regex NotWord();
}
