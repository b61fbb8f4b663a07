namespace Dff.Storage;

/// <summary>The store cannot be used as it is; the message says what to do.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A record with this ID, or another unique value, exists already.</summary>
public sealed class DuplicateKeyException(string key) : Exception($"exists already: {key}")
{
    public string Key { get; } = key;
}
