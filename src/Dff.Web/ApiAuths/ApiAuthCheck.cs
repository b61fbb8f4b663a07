using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Dff.Web.Functions;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.ApiAuths;

/// <summary>Lets a call of an auth link or a batch pass, or refuses it. All comparisons are of hashes, in constant time, and of all there are.</summary>
public sealed class ApiAuthCheck(KnownApiAuths auths, DigestCheck digest, IFunctionCatalog functions, FunctionCaller caller, HttpRequestContext requests)
{
    /// <param name="takes">Whether the link itself takes an argument of this name.</param>
    /// <returns>The call without what was shown only to pass.</returns>
    /// <exception cref="DffException">EUserAuth.</exception>
    public ValueTask<GivenCall> RequireAsync(ApiContext context, string? apiAuthId, GivenCall call, Func<string, bool> takes) =>
        apiAuthId is null ? new ValueTask<GivenCall>(call) : new ValueTask<GivenCall>(RequireOneAsync(context, apiAuthId, call, takes));

    /// <summary>Refuses those who can be refused by their headers alone, so that nobody is sent for nothing.</summary>
    /// <exception cref="DffException">EUserAuth.</exception>
    public async Task RequireBeforeBodyAsync(ApiContext context, string? apiAuthId)
    {
        if (apiAuthId is not null && await auths.FindAsync(apiAuthId, context.Aborted) is { Type: ApiAuthConfig.HttpBasic or ApiAuthConfig.HttpDigest })
            await RequireOneAsync(context, apiAuthId, default, _ => false);
    }

    private async Task<GivenCall> RequireOneAsync(ApiContext context, string apiAuthId, GivenCall call, Func<string, bool> takes)
    {
        // Without the record nobody can pass, rather than everybody.
        var auth = await auths.FindAsync(apiAuthId, context.Aborted) ?? throw Refused("The authentication that this address asks for is not there any longer");
        switch (auth.Type)
        {
            case ApiAuthConfig.FixedField:
                if (!ShowsFields(context.Http, auth, call)) throw Refused("A field by which the caller is known is missing or wrong");
                Withhold(context.Http, auth);
                return call with { Kwargs = Without(call.Kwargs, auth, takes) };
            case ApiAuthConfig.HttpBasic:
                if (!ShowsPassword(context.Http, auth)) throw Challenged(context.Http, [$"Basic realm=\"{KnownApiAuth.Realm}\", charset=\"UTF-8\""]);
                Withhold(context.Http, auth);
                return call;
            case ApiAuthConfig.HttpDigest:
                if (!digest.IsRight(context.Http, auth, out var isStale)) throw Challenged(context.Http, digest.Challenges(auth, isStale));
                Withhold(context.Http, auth);
                return call;
            default:
                if (!await PassesFunctionAsync(context, auth, call)) throw Refused("The function that decides about callers has refused this one");
                return call;
        }
    }

    private static bool ShowsFields(HttpContext http, KnownApiAuth auth, GivenCall call)
    {
        var passes = true;
        foreach (var field in auth.Fields)
        {
            var given = field.Location switch
            {
                "header" => http.Request.Headers.TryGetValue(field.Name, out var header) ? header.ToString() : null,
                "query" => http.Request.Query.TryGetValue(field.Name, out var query) ? query.ToString() : null,
                _ => HttpMethods.IsPost(http.Request.Method) && call.Kwargs.ValueKind == JsonValueKind.Object && call.Kwargs.TryGetProperty(field.Name, out var body) ? body.ToString() : null,
            };
            passes &= IsAny(given ?? "", field.Hashes) & given is not null;
        }

        return passes;
    }

    private static bool ShowsPassword(HttpContext http, KnownApiAuth auth)
    {
        string? header = http.Request.Headers.Authorization;
        if (header is null || !header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) || header.Length > 8192) return false;
        var shown = new byte[header.Length];
        return Convert.TryFromBase64String(header["Basic ".Length..].Trim(), shown, out var length) && IsAny(shown.AsSpan(0, length), auth.BasicHashes);
    }

    private static bool IsAny(string given, IReadOnlyList<byte[]> hashes) => IsAny(Encoding.UTF8.GetBytes(given), hashes);

    private static bool IsAny(ReadOnlySpan<byte> given, IReadOnlyList<byte[]> hashes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(given, hash);
        var isAny = false;
        foreach (var known in hashes) isAny |= CryptographicOperations.FixedTimeEquals(hash, known);
        return isAny;
    }

    private async Task<bool> PassesFunctionAsync(ApiContext context, KnownApiAuth auth, GivenCall call)
    {
        var function = await functions.FindAsync(auth.FuncId!, context.Aborted) ?? throw Refused($"The function that decides about callers is not published: {auth.FuncId}");
        var http = context.Http;
        var query = RequestBody.ObjectOf(http.Request.Query.Select(value => KeyValuePair.Create(value.Key, JsonSerializer.SerializeToElement(value.Value[^1]))));
        var body = context.Body.ValueKind == JsonValueKind.Object ? context.Body : call.Kwargs;
        if (!HttpMethods.IsPost(http.Request.Method) || body.ValueKind != JsonValueKind.Object) body = JsonSerializer.SerializeToElement<object?>(null);
        using var shown = JsonDocument.Parse(requests.Write(http));
        var request = shown.RootElement.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, field.Value));
        var kwargs = Encoding.UTF8.GetBytes(RequestBody.ObjectOf([KeyValuePair.Create("req", RequestBody.ObjectOf([.. request, KeyValuePair.Create("query", query), KeyValuePair.Create("body", body)]))]).GetRawText());
        try
        {
            return PythonTruth.Of((await caller.CallAsync(http, function, kwargs, CallOptions.None with { HidesArguments = true }, "integration", auth.Id)).Outcome.Raw);
        }
        catch (DffException error) when (error.Reason is ErrorReason.FuncFailed or ErrorReason.FuncResultParsingFailed)
        {
            // What is wrong with the function is not for strangers; whoever fails to say yes says no.
            return false;
        }
    }

    /// <summary>What callers show to pass is not for the function, nor for the store where its call is queued.</summary>
    private static void Withhold(HttpContext http, KnownApiAuth auth) => HttpRequestContext.Withhold(
        http,
        auth.Type == ApiAuthConfig.FixedField ? auth.Fields.Where(field => field.Location == "header").Select(field => field.Name) : ["authorization"],
        auth.Fields.Where(field => field.Location == "query").Select(field => field.Name));

    private static JsonElement Without(JsonElement kwargs, KnownApiAuth auth, Func<string, bool> takes)
    {
        if (kwargs.ValueKind != JsonValueKind.Object) return kwargs;
        var shown = auth.Fields.Where(field => field.Location != "header" && !takes(field.Name)).Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        if (!kwargs.EnumerateObject().Any(argument => shown.Contains(argument.Name))) return kwargs;
        return RequestBody.ObjectOf(kwargs.EnumerateObject().Where(argument => !shown.Contains(argument.Name)).Select(argument => KeyValuePair.Create(argument.Name, argument.Value)));
    }

    private static DffException Challenged(HttpContext http, string[] challenges)
    {
        http.Items[Challenge.Key] = challenges;
        return Refused("A user name and a password are required, and one of them is missing or wrong");
    }

    private static DffException Refused(string message) => new(ErrorReason.UserAuth, message);
}

/// <summary>What an answer asks the caller for; set when the error is known, and written with it.</summary>
internal static class Challenge
{
    public static readonly object Key = new();

    public static void Write(HttpContext http)
    {
        if (http.Items.TryGetValue(Key, out var challenges)) http.Response.Headers.WWWAuthenticate = (string[])challenges!;
    }
}
