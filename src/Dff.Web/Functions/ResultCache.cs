using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Microsoft.Extensions.Caching.Memory;

namespace Dff.Web.Functions;

/// <summary>Results of functions with <c>cache_result</c>, in the memory of this silo and by bytes bounded.</summary>
public sealed class ResultCache : IDisposable
{
    public const int LongestSeconds = 30 * 86400;

    private const long MostBytes = 64 * 1024 * 1024;

    private readonly MemoryCache _results = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    /// <summary>A new version, other arguments or another form is another result; the order of arguments is not.</summary>
    public static string KeyOf(FunctionFacts function, byte[] kwargs, FunctionReturns returns) =>
        $"{function.Id}\n{function.PublishVersion}\n{(int)returns}\n{CanonicalJson.Of(kwargs)}";

    public FunctionOutcome? Find(string key) => _results.Get<FunctionOutcome>(key);

    public void Keep(string key, FunctionOutcome outcome, double seconds) => _results.Set(key, outcome, new MemoryCacheEntryOptions
    {
        AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds)),
        Size = key.Length + outcome.Raw.Length + outcome.Repr.Length + outcome.JsonDumps.Length + outcome.Body.Length + outcome.Response.Length + 256,
    });

    public void Dispose() => _results.Dispose();
}
