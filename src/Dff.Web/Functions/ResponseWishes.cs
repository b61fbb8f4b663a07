using System.Text.Json;
using Microsoft.AspNetCore.StaticFiles;

namespace Dff.Web.Functions;

/// <summary>How a function wants its result to be answered (<c>DFF.RESP</c> and its kin).</summary>
public sealed record ResponseWishes
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>What a function cannot have: headers that frame the answer, and those that are ours.</summary>
    private static readonly HashSet<string> Withheld = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Length", "Content-Type", "Keep-Alive", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Date", "Server",
        "X-Trace-Id", "X-Request-Cost", "X-Content-Type-Options", "X-Result-Cache",
    };

    public static ResponseWishes None { get; } = new();

    public int? StatusCode { get; private init; }

    public string? ContentType { get; private init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; private init; } = [];

    public bool Allow304 { get; private init; }

    /// <summary>A name, the empty text for one of ours; null: not to be saved.</summary>
    public string? Download { get; private init; }

    /// <summary>It only makes sense without the envelope.</summary>
    public bool IsBare { get; private init; }

    /// <param name="json">From a worker, whose user code may have written anything.</param>
    public static ResponseWishes Parse(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty) return None;
        using var document = JsonDocument.Parse(json);
        var wishes = document.RootElement;
        if (wishes.ValueKind != JsonValueKind.Object) return None;
        var headers = Members(wishes, "headers").Where(header => header.Value.ValueKind == JsonValueKind.String).Select(header => (header.Name, Value: header.Value.GetString()!)).ToList();
        int? status = wishes.TryGetProperty("statusCode", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) && number is >= 200 and <= 599 ? number : null;
        var type = Text(wishes, "contentType") ?? headers.Find(header => header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value;
        var download = wishes.TryGetProperty("download", out var name) ? name.ValueKind switch { JsonValueKind.String => name.GetString(), JsonValueKind.True => "", _ => null } : null;
        return new ResponseWishes
        {
            StatusCode = status,
            ContentType = type is null ? null : TypeOf(type),
            Headers = [.. headers.Where(header => IsAllowed(header.Name, header.Value))],
            Allow304 = wishes.TryGetProperty("allow304", out var allow) && allow.ValueKind == JsonValueKind.True,
            Download = download,
            IsBare = type is not null || download is not null || wishes.TryGetProperty("file", out _) || wishes.TryGetProperty("streamed", out _) || status is >= 300 and < 400 or 204,
        };
    }

    /// <summary>Of a file name or an extension.</summary>
    public static string TypeOf(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal)) return IsHeaderText(name) ? name : "application/octet-stream";
        var extension = name.Contains('.', StringComparison.Ordinal) ? name : $".{name}";
        return Types.TryGetContentType(extension, out var type) ? type : "application/octet-stream";
    }

    private static bool IsAllowed(string name, string value) =>
        !Withheld.Contains(name) && !name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) && name.Length > 0 && name.All(character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+.^_`|~-".Contains(character))
        && IsHeaderText(value) && !(name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) && value.TrimStart().StartsWith(Users.Authenticator.TokenCookie, StringComparison.OrdinalIgnoreCase));

    private static bool IsHeaderText(string text) => text.All(character => character is >= ' ' and <= '~' or '\t');

    private static string? Text(JsonElement wishes, string field) => wishes.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IEnumerable<JsonProperty> Members(JsonElement wishes, string field) =>
        wishes.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : [];
}
