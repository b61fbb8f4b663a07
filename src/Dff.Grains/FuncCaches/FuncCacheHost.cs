using System.Text.Json;
using Dff.Abstractions.Clustering;
using Dff.Abstractions.Errors;
using Dff.Abstractions.FuncCaches;
using Dff.Python;
using Orleans.Runtime;

namespace Dff.Grains.FuncCaches;

/// <summary><c>DFF.CACHE</c>: shared values that may be lost.</summary>
public sealed class FuncCacheHost(IGrainFactory grains)
{
    private const int LongestName = 256;

    /// <param name="operation">Without <c>cache.</c>.</param>
    /// <returns>Null: there is no such operation.</returns>
    public async Task<HostReply?> RunAsync(string operation, JsonElement given)
    {
        var cache = grains.GetGrain<IFuncCacheGrain>(Name(given, "scope"));
        try
        {
            return await Undelivered.SendAsync((cache, operation, given), static sent => RunAsync(sent.cache, sent.operation, sent.given));
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            return HostReply.Error("DffException", "the node that holds the cached values has just gone; whether this took effect is not known");
        }
    }

    private static async Task<HostReply?> RunAsync(IFuncCacheGrain cache, string operation, JsonElement given)
    {
        var key = Name(given, "key");
        return operation switch
        {
            "get" => Reply(await cache.GetAsync(key)),
            "set" => Reply(await cache.SetAsync(key, Value(given), Seconds(given), given.GetProperty("notExists").GetBoolean())),
            "getset" => Reply(await cache.ExchangeAsync(key, Value(given))),
            "expire" => Reply(await cache.ExpireAsync(key, Seconds(given) ?? throw DffException.BadRequest("expire", "expire: a number of seconds is expected"))),
            "delete" => Reply(await cache.DeleteAsync(key)),
            "incr" => Reply(await cache.IncrementAsync(key, given.GetProperty("step").GetInt64())),
            "lpush" => Reply(await cache.PushAsync(key, Value(given), atEnd: false)),
            "rpush" => Reply(await cache.PushAsync(key, Value(given), atEnd: true)),
            "lpop" => Reply(await cache.PopAsync(key, atEnd: false)),
            "rpop" => Reply(await cache.PopAsync(key, atEnd: true)),
            "rpoplpush" => Reply(await cache.MoveAsync(key, Name(given, "destKey"))),
            _ => null,
        };
    }

    private static HostReply Reply<T>(T value) => HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(value));

    private static string Value(JsonElement given) => given.GetProperty("value").GetString() ?? throw DffException.BadRequest("value", "value: a text is expected");

    private static TimeSpan? Seconds(JsonElement given) => given.TryGetProperty("expire", out var seconds) && seconds.ValueKind == JsonValueKind.Number
        ? TimeSpan.FromSeconds(Math.Clamp(seconds.GetDouble(), 0, TimeSpan.MaxValue.TotalSeconds / 2))
        : null;

    private static string Name(JsonElement given, string field)
    {
        var name = given.GetProperty(field).GetString();
        return name is { Length: > 0 and <= LongestName } && !string.IsNullOrWhiteSpace(name) ? name : throw DffException.BadRequest(field, $"{field}: 1 to {LongestName} characters are expected, not all blank");
    }
}
