using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.ApiAuths;

/// <summary>What a caller must show, with its secrets: never answered, and stored sealed.</summary>
public sealed record ApiAuthConfig
{
    public const string FixedField = "fixedField";
    public const string HttpBasic = "httpBasic";
    public const string HttpDigest = "httpDigest";
    public const string Func = "func";

    private const int MostEntries = 1000;

    public static string[] Types { get; } = [FixedField, HttpBasic, HttpDigest, Func];

    public IReadOnlyList<SecretField>? Fields { get; init; }

    public IReadOnlyList<SecretUser>? Users { get; init; }

    public string? FuncId { get; init; }

    /// <param name="needsPasswords">False: a user without a password keeps the one that they have.</param>
    public static Field Describe(bool needsPasswords)
    {
        var password = Field.String("password", 1000, 1);
        return Field.Object(
            "configJSON",
            (Field.Array("fields", Field.Object("field", Field.Enum("location", "header", "query", "body").Required(), Field.String("name", 256, 1).Required(), Field.String("value", 4000, 1).Required())) with { MaxLength = MostEntries })
                .OrNull().Saying("fixedField: each of these names must come with one of the values that are given for it"),
            (Field.Array("users", Field.Object("user", Field.String("username", 256, 1).Required(), needsPasswords ? password.Required() : password.OrNull())) with { MaxLength = MostEntries })
                .OrNull().Saying("httpBasic and httpDigest"),
            Field.String("funcId", 256).OrNull().Saying("func: a published function f(req) that answers whether the request may pass; req has method, originalUrl, url, headers (names in lower case), query, body, ip"));
    }

    /// <param name="before">What it was; null: it is new.</param>
    /// <exception cref="DffException">EClientBadRequest: it is not what this type needs.</exception>
    public static ApiAuthConfig Read(string type, JsonElement config, ApiAuthConfig? before)
    {
        var given = JsonSerializer.Deserialize<ApiAuthConfig>(config, ApiJson.Options)!;
        var field = type switch { FixedField => "fields", HttpBasic or HttpDigest => "users", _ => "funcId" };
        foreach (var (name, isGiven) in ((string, bool)[])[("fields", given.Fields is not null), ("users", given.Users is not null), ("funcId", given.FuncId is not null)])
        {
            if (isGiven && name != field) throw Refused(name, $"the type {type} takes {field}");
        }

        switch (type)
        {
            case FixedField when given.Fields is null or { Count: 0 }:
                throw Refused(field, "at least one field is required");
            case FixedField:
                return new ApiAuthConfig { Fields = given.Fields };
            case Func when string.IsNullOrEmpty(given.FuncId):
                throw Refused(field, "is required");
            case Func:
                return new ApiAuthConfig { FuncId = given.FuncId };
            default:
                return new ApiAuthConfig { Users = UsersOf(given.Users, before?.Users) };
        }
    }

    /// <summary>As it is answered.</summary>
    public RawJson WithoutSecrets() => new(JsonSerializer.Serialize(
        Fields is not null ? new { fields = Fields.Select(field => new { field.Location, field.Name }) }
        : Users is not null ? new { users = Users.Select(user => new { user.Username }) }
        : (object)new { FuncId },
        ApiJson.Options));

    public string ToJson() => JsonSerializer.Serialize(this, ApiJson.Options);

    public static ApiAuthConfig Parse(string json) => JsonSerializer.Deserialize<ApiAuthConfig>(json, ApiJson.Options)!;

    private static List<SecretUser> UsersOf(IReadOnlyList<SecretUser>? given, IReadOnlyList<SecretUser>? before)
    {
        if (given is null or { Count: 0 }) throw Refused("users", "at least one user is required");
        var known = (before ?? []).ToDictionary(user => user.Username, StringComparer.Ordinal);
        var users = new List<SecretUser>();
        for (var index = 0; index < given.Count; index++)
        {
            var user = given[index];
            if (user.Username.Contains(':', StringComparison.Ordinal)) throw Refused($"users[{index}].username", "a colon is not accepted");
            if (users.Exists(other => other.Username == user.Username)) throw Refused($"users[{index}].username", "given twice");
            var password = string.IsNullOrEmpty(user.Password) ? known.GetValueOrDefault(user.Username)?.Password : user.Password;
            users.Add(user with { Password = password ?? throw Refused($"users[{index}].password", "is required of a new user") });
        }

        return users;
    }

    private static DffException Refused(string field, string what) => Field.Refused($"data.configJSON.{field}", what);
}

/// <param name="Location">header, query or body.</param>
public sealed record SecretField(string Location, string Name, string Value);

public sealed record SecretUser(string Username, string? Password);
