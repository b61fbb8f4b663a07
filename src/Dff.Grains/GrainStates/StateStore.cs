using System.Data.Common;
using Dff.Abstractions.Caching;
using Dff.Storage.GrainStates;
using Orleans.Serialization;
using Orleans.Storage;

namespace Dff.Grains.GrainStates;

/// <param name="State">Null: it was cleared, or never written.</param>
/// <param name="Version">Null: never written.</param>
public sealed record StoredState<T>(T? State, long? Version)
    where T : class;

/// <summary>Reads and writes states of grains in a transaction, as Orleans' provider stores them.</summary>
public sealed class StateStore(GrainStateRows rows, Serializer serializer)
{
    private readonly OrleansGrainStorageSerializer _payloads = new(serializer);

    public async Task<Dictionary<string, StoredState<T>>> LockAllAsync<T>(DbConnection connection, DbTransaction transaction, string name)
        where T : class => Read<T>(await rows.LockAllAsync(connection, transaction, name));

    public async Task<Dictionary<string, StoredState<T>>> LockAsync<T>(DbConnection connection, DbTransaction transaction, string name, IReadOnlyCollection<string> keys)
        where T : class => Read<T>(await rows.LockAsync(connection, transaction, name, keys));

    public async Task<Dictionary<string, StoredState<T>>> ReadAsync<T>(DbConnection connection, DbTransaction transaction, string name, IReadOnlyCollection<string> keys)
        where T : class => Read<T>(await rows.ReadAsync(connection, transaction, name, keys));

    /// <param name="before">The first key after the last one.</param>
    public async Task<Dictionary<string, StoredState<T>>> ReadAsync<T>(DbConnection connection, DbTransaction transaction, string name, string from, string before)
        where T : class => Read<T>(await rows.ReadAsync(connection, transaction, name, from, before));

    /// <param name="state">Null clears it.</param>
    /// <returns>The new version.</returns>
    public Task<long> WriteAsync<T>(DbConnection connection, DbTransaction transaction, string name, string key, T? state, long? storedVersion)
        where T : class => rows.WriteAsync(connection, transaction, name, key, state is null ? null : _payloads.Serialize(state).ToArray(), storedVersion);

    /// <summary>The entry of the change log that makes active grains read again.</summary>
    public static (string Kind, string EntityKey) ChangeOf(string name, string key) => (ChangeKind.GrainState, $"{name}/{key}");

    private Dictionary<string, StoredState<T>> Read<T>(IReadOnlyList<GrainStateRow> stored)
        where T : class => stored.ToDictionary(
            row => row.GrainKey,
            row => new StoredState<T>(row.Payload is null ? null : _payloads.Deserialize<T>(new BinaryData(row.Payload)), row.Version),
            StringComparer.Ordinal);
}
