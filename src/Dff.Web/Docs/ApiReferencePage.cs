using Scalar.AspNetCore;

namespace Dff.Web.Docs;

/// <summary>The page that shows the OpenAPI document and tries its routes out; it talks to this server and to nobody else.</summary>
internal static class ApiReferencePage
{
    public static void Configure(ScalarOptions options) => options
        .WithTitle("Dff API")
        .WithOpenApiRoutePattern("/openapi/v1.json")
        .DisableDefaultFonts()
        .DisableTelemetry()
        .DisableAgent()
        .DisableMcp()
        .HideDeveloperTools()
        .HideClientButton()
        .WithDefaultHttpClient(ScalarTarget.Shell, ScalarClient.Curl)
        .AddPreferredSecuritySchemes(OpenApiDocumentation.TokenScheme);
}
