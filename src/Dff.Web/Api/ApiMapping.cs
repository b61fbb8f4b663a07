using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Web.Contracts;
using Dff.Web.Functions;
using Dff.Web.Operations;
using Dff.Web.Setup;
using Dff.Web.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dff.Web.Api;

/// <summary>Maps the table of routes: set-up done? who is it? may they? are the fields right? and only then the route's own work.</summary>
public static class ApiMapping
{
    public static void MapApiRoutes(this IEndpointRouteBuilder app, IEnumerable<ApiRoute> routes)
    {
        var services = app.ServiceProvider;
        var gate = new ApiGate(services.GetRequiredService<SetupState>(), services.GetRequiredService<Authenticator>(), services.GetRequiredService<WebOptions>());
        foreach (var route in routes)
        {
            var isRecorded = route.IsRecorded;
            app.MapMethods(route.Pattern, [route.Method], http => gate.RunAsync(http, route, isRecorded)).WithMetadata(route);
        }
    }

    private sealed class ApiGate(SetupState setup, Authenticator authenticator, WebOptions options)
    {
        public async Task RunAsync(HttpContext http, ApiRoute route, bool isRecorded)
        {
            if (!route.IsOpenBeforeSetup && !await setup.IsDoneAsync(http.RequestAborted))
                throw DffException.Condition("NotInitialized", "The first set-up has not been done; open the start page, or see POST /api/v1/setup/do/run");
            var user = route.Access == Access.Public ? null : await authenticator.RequireAsync(http, route);
            if (isRecorded) RequestTrace.Of(http).Operation = new Operation(route, user!);
            CheckRouteValues(http);
            QueryCheck.Run(http.Request.Query, route);
            var (body, file) = await ReadAsync(http, route);
            var answer = await route.Handle(new ApiContext(http, route, body, user, file));
            if (answer.Raw is { } write) await write(http);
            else await Envelope.WriteAsync(http, answer);
        }

        private static void CheckRouteValues(HttpContext http)
        {
            foreach (var (name, value) in http.Request.RouteValues)
            {
                if (value is string { Length: > 512 }) throw DffException.BadRequest(name, $"{name}: at most 512 characters are accepted");
                if (value is string blank && string.IsNullOrWhiteSpace(blank)) throw DffException.BadRequest(name, $"{name}: a text that is not blank is expected");
                if (value is string text && text.Contains('\0')) throw DffException.BadRequest(name, $"{name}: the character NUL is not accepted");
            }
        }

        private async Task<(JsonElement Body, byte[]? File)> ReadAsync(HttpContext http, ApiRoute route)
        {
            if (route.Upload is { } upload) return await UploadForm.ReadAsync(http, route.Body ?? FieldSet.None, upload, options.MaxUploadBytes);
            if (route.Body is null || (route.TakesForms && Uploads.IsMultipart(http.Request))) return default;
            return (await ReadBodyAsync(http, route.Body, route.TakesForms), null);
        }

        private async Task<JsonElement> ReadBodyAsync(HttpContext http, FieldSet fields, bool takesForms)
        {
            var body = takesForms ? await RequestBody.ReadFieldsAsync(http, options.MaxBodyBytes, fields) : await RequestBody.ReadAsync(http, options.MaxBodyBytes);
            if (body.ValueKind == JsonValueKind.Undefined) body = JsonDocument.Parse("{}").RootElement;
            RequestDump.Keep(http, body);
            if (body.ValueKind != JsonValueKind.Object) throw DffException.BadRequest("body", "body: a JSON object is expected");
            fields.Check(body, "");
            return body;
        }
    }
}
