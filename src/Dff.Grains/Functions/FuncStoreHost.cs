using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Python;
using Dff.Storage.FuncStore;

namespace Dff.Grains.Functions;

/// <summary><c>DFF.STORE</c>: durable JSON values by scope and key.</summary>
public sealed class FuncStoreHost(FuncStoreRepository rows)
{
    private const int LongestName = 256;

    public async Task<HostReply> GetAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var (scope, key) = Place(given);
        var value = await rows.GetAsync(scope, key, cancellationToken);
        return HostReply.Json(value is null ? "null"u8.ToArray() : Encoding.UTF8.GetBytes(value));
    }

    public async Task<HostReply> SetAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var (scope, key) = Place(given);
        double? expire = given.TryGetProperty("expire", out var seconds) && seconds.ValueKind == JsonValueKind.Number ? seconds.GetDouble() : null;
        var notExists = given.TryGetProperty("notExists", out var only) && only.ValueKind == JsonValueKind.True;
        var stored = await rows.SetAsync(scope, key, given.GetProperty("value").GetRawText(), expire, notExists, cancellationToken);
        return HostReply.Json(stored ? "true"u8.ToArray() : "false"u8.ToArray());
    }

    public async Task<HostReply> DeleteAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var (scope, key) = Place(given);
        return HostReply.Json(await rows.DeleteAsync(scope, key, cancellationToken) ? "true"u8.ToArray() : "false"u8.ToArray());
    }

    private static (string Scope, string Key) Place(JsonElement given) => (Name(given, "scope"), Name(given, "key"));

    private static string Name(JsonElement given, string field)
    {
        var name = given.GetProperty(field).GetString() ?? "";
        return name.Length <= LongestName ? name : throw DffException.BadRequest(field, $"{field}: at most {LongestName} characters");
    }
}
