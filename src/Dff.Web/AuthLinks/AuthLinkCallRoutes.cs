using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Clustering;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Functions;

namespace Dff.Web.AuthLinks;

/// <summary>Calls through auth links, in their three forms: normal (JSON), simplified (the query is the arguments) and flattened (<c>kwargs_x=1</c>).</summary>
public sealed class AuthLinkCallRoutes(IAuthLinkCache links, IFunctionCatalog functions, FunctionCaller caller, IGrainFactory grains, WorkerOptions options, WebOptions web, TimeProvider time)
{
    private const string Tag = "Auth link calls";
    private const string KwargsPrefix = "kwargs_";
    private const string OptionsPrefix = "options_";

    private readonly Field _optionsField = CallOptions.Describe(options);

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/al/{id}", "Calls a function; arguments and options as JSON text in the query", GetAsync)
        {
            Tag = Tag, Access = Access.Public, IsRaw = true, Query = new(Field.JsonString("kwargs"), Field.JsonString("options")),
        },
        new("POST", "/api/v1/al/{id}", "Calls a function; arguments and options in the body", PostAsync)
        {
            Tag = Tag, Access = Access.Public, IsRaw = true, Body = new(Field.Json("kwargs"), _optionsField),
        },
        new("GET", "/api/v1/al/{id}/simplified", "Calls a function; every query value is an argument", GetSimplifiedAsync) { Tag = Tag, Access = Access.Public, IsRaw = true },
        new("POST", "/api/v1/al/{id}/simplified", "Calls a function; the body's fields are the arguments", PostSimplifiedAsync) { Tag = Tag, Access = Access.Public, IsRaw = true },
        new("GET", "/api/v1/al/{id}/flattened", "Calls a function; query values kwargs_… are arguments, options_… are options", GetFlattenedAsync)
        {
            Tag = Tag, Access = Access.Public, IsRaw = true,
        },
        new("POST", "/api/v1/al/{id}/flattened", "Calls a function; the body's fields kwargs_… are arguments, options_… are options", PostFlattenedAsync)
        {
            Tag = Tag, Access = Access.Public, IsRaw = true,
        },
    ];

    private Task<ApiAnswer> GetAsync(ApiContext context)
    {
        var given = Parsed(context, "options");
        if (given.ValueKind != JsonValueKind.Undefined) _optionsField.Check(given, "options");
        return CallAsync(context, Parsed(context, "kwargs"), CallOptions.Read(given));
    }

    private Task<ApiAnswer> PostAsync(ApiContext context) => CallAsync(
        context,
        context.Body.TryGetProperty("kwargs", out var kwargs) ? kwargs : default,
        CallOptions.Read(context.Body.TryGetProperty("options", out var given) ? given : default));

    private Task<ApiAnswer> GetSimplifiedAsync(ApiContext context) => CallAsync(context, QueryKwargs(context, ""), CallOptions.None);

    private async Task<ApiAnswer> PostSimplifiedAsync(ApiContext context) => await CallAsync(context, await ReadFieldsAsync(context), CallOptions.None);

    private Task<ApiAnswer> GetFlattenedAsync(ApiContext context)
    {
        var given = context.Http.Request.Query.Where(value => value.Key.StartsWith(OptionsPrefix, StringComparison.Ordinal))
            .Select(value => KeyValuePair.Create(value.Key[OptionsPrefix.Length..], value.Value[^1] ?? ""));
        return CallAsync(context, QueryKwargs(context, KwargsPrefix), CallOptions.ReadFlattened(given, _optionsField));
    }

    private async Task<ApiAnswer> PostFlattenedAsync(ApiContext context)
    {
        var body = await ReadFieldsAsync(context);
        var (kwargs, given) = (new JsonObject(), new List<KeyValuePair<string, string>>());
        foreach (var field in body.EnumerateObject())
        {
            if (field.Name.StartsWith(KwargsPrefix, StringComparison.Ordinal)) kwargs[field.Name[KwargsPrefix.Length..]] = JsonNode.Parse(field.Value.GetRawText());
            else if (field.Name.StartsWith(OptionsPrefix, StringComparison.Ordinal)) given.Add(new(field.Name[OptionsPrefix.Length..], field.Value.ToString()));
            else throw Field.Refused(field.Name, $"fields begin with {KwargsPrefix} or {OptionsPrefix}");
        }

        return await CallAsync(context, JsonSerializer.SerializeToElement(kwargs), CallOptions.ReadFlattened(given, _optionsField));
    }

    private async Task<ApiAnswer> CallAsync(ApiContext context, JsonElement kwargs, CallOptions call)
    {
        if (kwargs.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null))
            throw Field.Refused("kwargs", "an object of argument to value is expected");
        call.RequireSynchronous("options.execMode: auth links are called synchronously; use a batch");
        var link = await links.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("auth link", context.Id);
        if (link.IsDisabled) throw DffException.Condition("AuthLinkDisabled", "This auth link has been disabled");
        if (link.ExpireTime <= time.GetUtcNow()) throw DffException.Condition("AuthLinkExpired", "This auth link has expired", new { link.ExpireTime });
        if (link.IsThrottled) await AdmitAsync(link);
        var function = await functions.FindAsync(link.FuncId, context.Aborted)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"The function of this auth link is not published: {link.FuncId}", new { funcId = link.FuncId });
        var merged = Merge(link, kwargs);
        return RawResult.Answer(await caller.CallAsync(context.Http, function, merged, call, "authLink", link.Id), call, unfoldsByDefault: true);
    }

    private async Task AdmitAsync(AuthLinkFacts link)
    {
        var admission = await Undelivered.SendAsync(grains.GetGrain<IAuthLinkGrain>(link.Id), static grain => grain.AdmitAsync());
        if (admission.IsAdmitted) return;
        throw DffException.Condition(
            "AuthLinkThrottling",
            $"This auth link is called too often ({admission.Rule}: {admission.Limit}); try again in {admission.WaitSeconds:0.###} s",
            new { admission.Rule, admission.Limit, admission.CurrentCount, admission.WaitSeconds });
    }

    /// <summary>The link's fixed arguments with those that the caller may give.</summary>
    private static byte[] Merge(AuthLinkFacts link, JsonElement given)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in link.FixedKwargs)
            {
                if (value is null) continue;
                json.WritePropertyName(name);
                json.WriteRawValue(value, skipInputValidation: true);
            }

            if (given.ValueKind == JsonValueKind.Object)
            {
                foreach (var argument in given.EnumerateObject())
                {
                    if (IsFixedAlike(link, argument)) continue;
                    json.WritePropertyName(argument.Name);
                    argument.Value.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <returns>True: the link has fixed it at this very value, so it is written already.</returns>
    /// <exception cref="DffException">The caller may not give this argument, or not this value.</exception>
    private static bool IsFixedAlike(AuthLinkFacts link, JsonProperty argument)
    {
        var isNamed = link.FixedKwargs.TryGetValue(argument.Name, out var value);
        if (isNamed && value is null) return false;
        if (!isNamed && link.TakesFurtherKwargs) return false;
        if (isNamed)
        {
            using var document = JsonDocument.Parse(value);
            if (JsonElement.DeepEquals(document.RootElement, argument.Value)) return true;
        }

        throw new DffException(
            ErrorReason.ClientBadRequest,
            isNamed ? $"kwargs.{argument.Name}: the auth link has fixed this argument" : $"kwargs.{argument.Name}: the auth link does not take this argument",
            new { field = $"kwargs.{argument.Name}", kwargsField = argument.Name, kwargsValue = argument.Value, funcId = link.FuncId });
    }

    private static JsonElement Parsed(ApiContext context, string name) =>
        context.Query(name) is { Length: > 0 } text ? JsonDocument.Parse(text).RootElement : default;

    private static JsonElement QueryKwargs(ApiContext context, string prefix)
    {
        var kwargs = new JsonObject();
        foreach (var (name, values) in context.Http.Request.Query)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) kwargs[name[prefix.Length..]] = values[^1];
        }

        return JsonSerializer.SerializeToElement(kwargs);
    }

    /// <summary>Fields of a JSON body or a form.</summary>
    private async Task<JsonElement> ReadFieldsAsync(ApiContext context)
    {
        if (context.Http.Request.HasFormContentType)
        {
            var form = await context.Http.Request.ReadFormAsync(context.Aborted);
            var fields = new JsonObject();
            foreach (var (name, values) in form) fields[name] = values[^1];
            return JsonSerializer.SerializeToElement(fields);
        }

        var body = await RequestBody.ReadAsync(context.Http, web.MaxBodyBytes);
        if (body.ValueKind == JsonValueKind.Undefined) return JsonDocument.Parse("{}").RootElement;
        if (body.ValueKind != JsonValueKind.Object) throw DffException.BadRequest("body", "body: a JSON object is expected");
        RequestDump.Keep(context.Http, body);
        Field.Json("body").Check(body, "body");
        return body;
    }
}
