using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Functions;

/// <summary>A call as the caller said it, in whichever form.</summary>
/// <param name="Kwargs">An object, or nothing.</param>
/// <param name="OptionsJson">The options as they were written; or nothing.</param>
public readonly record struct GivenCall(JsonElement Kwargs, CallOptions Options, JsonElement OptionsJson);

/// <summary>The three forms in which links are called: normal (JSON), simplified (the query or the body is the arguments) and flattened (<c>kwargs_x=1</c>).</summary>
public sealed class CallForms(WorkerOptions options, WebOptions web, Uploads uploads)
{
    private const string KwargsPrefix = "kwargs_";
    private const string OptionsPrefix = "options_";
    private const string Files = "Files of a multipart form become the argument files: a list of {fieldname, originalname, mimetype, size, filePath}, where filePath can be opened while the function runs.";

    private readonly Field _optionsField = CallOptions.Describe(options);
    private readonly FieldSet _normal = new(Field.Json("kwargs"), CallOptions.Describe(options));

    /// <param name="path">Of the normal form; the others are below it.</param>
    /// <param name="what">What it does, as the summaries of the routes begin.</param>
    /// <param name="keepsFiles">Files that are sent along stay after the answer, because the function runs later.</param>
    /// <param name="admit">Before a form with files is read: throws where the call cannot succeed; false: it takes no files.</param>
    public IEnumerable<ApiRoute> Of(string path, string what, bool keepsFiles, Func<ApiContext, Task<bool>> admit, Func<ApiContext, GivenCall, Task<ApiAnswer>> call)
    {
        return
        [
            Route("GET", "", "arguments and options as JSON text in the query", context => Given(Parsed(context, "kwargs"), QueryOptions(context))) with
            {
                Query = new(Field.JsonString("kwargs"), Field.JsonString("options")),
            },
            new("POST", path, $"{what}; arguments and options in the body", context => Uploads.IsMultipart(context.Http.Request)
                ? CallWithFilesAsync(context, NormalForm, admit, call, keepsFiles)
                : call(context, Given(Member(context.Body, "kwargs"), Member(context.Body, "options"))))
            {
                Access = Access.Public, Body = _normal, TakesForms = true, Description = $"In a form, both fields are JSON text. {Files}",
            },
            Route("GET", "/simplified", "every query value is an argument", context => Given(QueryKwargs(context, ""), default)),
            ReadingRoute("/simplified", "the fields of the body (JSON, a form, or multipart/form-data with files) are the arguments", body => Given(body, default)),
            Route("GET", "/flattened", "query values kwargs_… are arguments, options_… are options", FlattenedQuery),
            ReadingRoute("/flattened", "the fields kwargs_… are arguments, options_… are options", FlattenedBody),
        ];

        ApiRoute Route(string method, string form, string how, Func<ApiContext, GivenCall> read) =>
            new(method, path + form, $"{what}; {how}", context => call(context, read(context))) { Access = Access.Public };

        ApiRoute ReadingRoute(string form, string how, Func<JsonElement, GivenCall> read) =>
            new("POST", path + form, $"{what}; {how}", context => Uploads.IsMultipart(context.Http.Request)
                ? CallWithFilesAsync(context, read, admit, call, keepsFiles)
                : CallWithFieldsAsync(context, read, call))
            { Access = Access.Public, Description = Files };
    }

    private async Task<ApiAnswer> CallWithFieldsAsync(ApiContext context, Func<JsonElement, GivenCall> read, Func<ApiContext, GivenCall, Task<ApiAnswer>> call) =>
        await call(context, read(await ReadFieldsAsync(context)));

    private async Task<ApiAnswer> CallWithFilesAsync(ApiContext context, Func<JsonElement, GivenCall> read, Func<ApiContext, Task<bool>> admit, Func<ApiContext, GivenCall, Task<ApiAnswer>> call, bool keepsFiles)
    {
        var form = await uploads.ReadAsync(context.Http, takesFiles: await admit(context));
        var isQueued = false;
        try
        {
            var answer = await call(context, read(JsonSerializer.SerializeToElement(form.Fields)));
            isQueued = keepsFiles;
            return answer;
        }
        finally
        {
            if (!isQueued) form.Delete();
        }
    }

    private GivenCall Given(JsonElement kwargs, JsonElement given)
    {
        if (kwargs.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null))
            throw Field.Refused("kwargs", "an object of argument to value is expected");
        if (given.ValueKind != JsonValueKind.Undefined) _optionsField.Check(given, "options");
        return new GivenCall(kwargs, CallOptions.Read(given), given);
    }

    /// <param name="form">Texts, and the files.</param>
    private GivenCall NormalForm(JsonElement form)
    {
        var body = RequestBody.Typed(form.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.String).Select(field => KeyValuePair.Create(field.Name, field.Value.GetString()!)), _normal);
        _normal.Check(body, "");
        var (kwargs, given) = (Member(body, "kwargs"), Member(body, "options"));
        if (Member(form, "files") is not { ValueKind: JsonValueKind.Array } files || kwargs.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null)) return Given(kwargs, given);
        var arguments = kwargs.ValueKind == JsonValueKind.Object ? kwargs.EnumerateObject().Select(argument => KeyValuePair.Create(argument.Name, argument.Value)).ToList() : [];
        if (arguments.Any(argument => argument.Key == "files")) throw Field.Refused("kwargs.files", "this is the argument of the files, and cannot be given beside them");
        return Given(RequestBody.ObjectOf([.. arguments, KeyValuePair.Create("files", files)]), given);
    }

    private GivenCall FlattenedQuery(ApiContext context)
    {
        var given = context.Http.Request.Query.Where(value => value.Key.StartsWith(OptionsPrefix, StringComparison.Ordinal))
            .Select(value => KeyValuePair.Create(value.Key[OptionsPrefix.Length..], value.Value[^1] ?? ""));
        return Given(QueryKwargs(context, KwargsPrefix), CallOptions.Unflatten(given, _optionsField));
    }

    private GivenCall FlattenedBody(JsonElement body)
    {
        var (kwargs, given) = (new List<KeyValuePair<string, JsonElement>>(), new List<KeyValuePair<string, string>>());
        foreach (var field in body.EnumerateObject())
        {
            if (field.Name.StartsWith(KwargsPrefix, StringComparison.Ordinal)) kwargs.Add(new(field.Name[KwargsPrefix.Length..], field.Value));
            else if (field.Name.StartsWith(OptionsPrefix, StringComparison.Ordinal)) given.Add(new(field.Name[OptionsPrefix.Length..], field.Value.ToString()));
            else if (field.Name == "files") kwargs.Add(new(field.Name, field.Value));
            else throw Field.Refused(field.Name, $"fields begin with {KwargsPrefix} or {OptionsPrefix}");
        }

        return Given(RequestBody.ObjectOf(kwargs), CallOptions.Unflatten(given, _optionsField));
    }

    private static JsonElement Member(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value : default;

    private static JsonElement Parsed(ApiContext context, string name)
    {
        if (context.Query(name) is not { Length: > 0 } text) return default;
        try
        {
            var value = RequestBody.ParseText(text);
            Field.Json(name).Check(value, name);
            return value;
        }
        catch (JsonException)
        {
            throw Field.Refused(name, "JSON text is expected");
        }
    }

    /// <summary>As JSON text in <c>options</c>, or one by one like <c>options[returnType]=raw</c>.</summary>
    private JsonElement QueryOptions(ApiContext context)
    {
        var single = context.Http.Request.Query.Where(value => value.Key.StartsWith("options[", StringComparison.Ordinal) && value.Key.EndsWith(']'))
            .Select(value => KeyValuePair.Create(value.Key["options[".Length..^1], value.Value[^1] ?? "")).ToList();
        return single.Count == 0 ? Parsed(context, "options") : CallOptions.Unflatten(single, _optionsField);
    }

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
        var body = await RequestBody.ReadFieldsAsync(context.Http, web.MaxBodyBytes, FieldSet.None);
        if (body.ValueKind == JsonValueKind.Undefined) return JsonDocument.Parse("{}").RootElement;
        if (body.ValueKind != JsonValueKind.Object) throw DffException.BadRequest("body", "body: a JSON object is expected");
        RequestDump.Keep(context.Http, body);
        Field.Json("body").Check(body, "body");
        return body;
    }
}
