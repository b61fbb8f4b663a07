using System.Globalization;
using Dff.Abstractions.Configuration;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Setup;

namespace Dff.Web.Basics;

public sealed class BasicRoutes(WebOptions options, SetupState setup, ProductVersion version)
{
    private const string Tag = "Basics";
    private const string Document = "/openapi/v1.json";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/do/ping", "Answers pong", _ => ApiAnswer.Now("pong"))
        {
            Tag = Tag, Access = Access.Public, IsOpenBeforeSetup = true, Answer = typeof(string),
        },
        new("POST", "/api/v1/do/echo", "Answers what it was sent", EchoAsync)
        {
            Tag = Tag, Answer = typeof(EchoAnswer), ChangesNothing = true, Body = new(Field.Json("echo")),
            Query = new(Field.String("string").OrNull(), Field.Integer("integer"), Field.Boolean("boolean")),
        },
        new("GET", "/api/v1/client-config/do/get", "What a client needs to know before it signs in", ClientConfigAsync)
        {
            Tag = Tag, Access = Access.Public, IsOpenBeforeSetup = true, Answer = typeof(ClientConfig),
        },
        new("GET", "/api", "What answers here, and where it is described", Describe)
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(ApiInfo),
            Query = new(Field.Enum("format", "openapi", "swagger", "raw").Saying("openapi and swagger lead to the document"), Field.Enum("lang", "zh-CN", "en").Saying("Has no effect: the document is in English")),
        },
        new("GET", "/api/v1/image-info/do/get", "The version that runs", _ => ApiAnswer.Now(new ImageInfo(version.Number, version.Commit)))
        {
            Tag = Tag, Access = Access.Public, IsOpenBeforeSetup = true, Answer = typeof(ImageInfo),
        },
    ];

    private Task<ApiAnswer> Describe(ApiContext context)
    {
        if (context.Query("format") is not ("openapi" or "swagger")) return ApiAnswer.Now(new ApiInfo("Dff", version.Number, Document, "/docs"));
        return Task.FromResult(ApiAnswer.OfRaw(http =>
        {
            http.Response.Redirect(Document);
            return Task.CompletedTask;
        }));
    }

    private static Task<ApiAnswer> EchoAsync(ApiContext context) => ApiAnswer.Now(new EchoAnswer(
        context.Body.TryGetProperty("echo", out var echo) ? echo : null,
        context.Query("string"),
        long.TryParse(context.Query("integer"), CultureInfo.InvariantCulture, out var integer) ? integer : null,
        context.Query("boolean") is { Length: > 0 } ? context.Flag("boolean") : null));

    private async Task<ApiAnswer> ClientConfigAsync(ApiContext context) => ApiAnswer.Of(new ClientConfig(
        version.Number, options.BaseUrl, options.CaptchaEnabled, options.PasswordMinLength, await setup.IsDoneAsync(context.Aborted)));
}

/// <param name="Commit">Of the source it was built from; empty where that is not known.</param>
public sealed record ProductVersion(string Number, string Commit);
