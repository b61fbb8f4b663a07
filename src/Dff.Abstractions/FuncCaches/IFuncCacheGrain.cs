namespace Dff.Abstractions.FuncCaches;

/// <summary>
/// <c>DFF.CACHE</c>: the values of one scope, the same for all nodes, in the memory of one of them. They may be lost: with their node, or where it needs the memory
/// for others. Key: the scope.
/// </summary>
/// <remarks>Values are texts or lists of texts. What does not fit the value that is there throws EClientBadRequest and changes nothing.</remarks>
[Alias("dff.func-cache")]
public interface IFuncCacheGrain : IGrainWithStringKey
{
    [Alias("get")]
    Task<string?> GetAsync(string key);

    /// <param name="expire">How long it is kept; null: until it is deleted.</param>
    /// <param name="notExists">True: an existing value stays.</param>
    /// <returns>Whether it was stored.</returns>
    [Alias("set")]
    Task<bool> SetAsync(string key, string value, TimeSpan? expire, bool notExists);

    /// <returns>The value before.</returns>
    [Alias("exchange")]
    Task<string?> ExchangeAsync(string key, string value);

    /// <returns>False: there is none.</returns>
    [Alias("expire")]
    Task<bool> ExpireAsync(string key, TimeSpan expire);

    /// <returns>Whether there was one.</returns>
    [Alias("delete")]
    Task<bool> DeleteAsync(string key);

    /// <summary>Where there is none, it begins at 0.</summary>
    [Alias("increment")]
    Task<long> IncrementAsync(string key, long step);

    /// <returns>How many the list has then.</returns>
    [Alias("push")]
    Task<long> PushAsync(string key, string value, bool atEnd);

    [Alias("pop")]
    Task<string?> PopAsync(string key, bool atEnd);

    /// <summary>Takes the last of one list and puts it first in another, which may be the same.</summary>
    [Alias("move")]
    Task<string?> MoveAsync(string key, string to);
}
