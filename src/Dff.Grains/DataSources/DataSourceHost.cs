using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Caching;
using Dff.Abstractions.DataSources;
using Dff.Abstractions.Errors;
using Dff.Python;
using Dff.Storage;
using Dff.Storage.DataSources;
using Dff.Storage.Secrets;

namespace Dff.Grains.DataSources;

/// <summary><c>DFF.SRC</c>: data sources from the memory of the silo; a change is in force on every silo before it is answered.</summary>
public sealed class DataSourceHost
{
    private const int Capacity = 10_000;

    private readonly DataSourceRepository _rows;
    private readonly SecretBox _box;
    private readonly IChangeFeed _changes;
    private readonly InvalidatingCache<DataSourceRow> _sources;

    public DataSourceHost(DataSourceRepository rows, SecretBox box, IChangeFeed changes)
    {
        (_rows, _box, _changes) = (rows, box, changes);
        _sources = new InvalidatingCache<DataSourceRow>(rows.FindAsync, changes, Capacity);
        changes.Subscribe(ChangeKind.DataSource, _sources);
    }

    /// <summary>A worker that has the configuration of this version is told only that it is still the one.</summary>
    public async Task<HostReply> GetAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var source = await _sources.FindAsync(given.GetProperty("id").GetString() ?? "", cancellationToken);
        if (source is null) return HostReply.Json("null"u8.ToArray());
        if (Text(given, "have") == source.ConfigVersion) return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(new { version = source.ConfigVersion }));
        return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(new { version = source.ConfigVersion, type = source.Type, config = _rows.ConfigOf(source).ToJson() }));
    }

    /// <summary>Opens what the API has sealed for a worker to try: a data source that is not stored yet.</summary>
    public HostReply Open(JsonElement given)
    {
        try
        {
            return HostReply.Json(System.Text.Encoding.UTF8.GetBytes(_box.Open(given.GetProperty("sealed").GetString() ?? "", DataSourceRules.ProbePlace)));
        }
        catch (StoreException error)
        {
            return HostReply.Error("ValueError", error.Message);
        }
    }

    public async Task<HostReply> ListAsync(CancellationToken cancellationToken)
    {
        var all = await _rows.GetAllAsync(cancellationToken);
        return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(all.Select(source => new
        {
            id = source.Id,
            title = source.Title,
            description = source.Description,
            type = source.Type,
            config = source.ConfigJSON,
        })));
    }

    public async Task<HostReply> SaveAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var id = DataSourceRules.RequireNewId(given.GetProperty("id").GetString() ?? "", "id");
        var type = given.GetProperty("type").GetString() ?? "";
        DataSourceRules.RequireType(type, "type");
        if (given.GetProperty("config") is not { ValueKind: JsonValueKind.Object } fields) throw DffException.BadRequest("config", "config: an object is expected");
        var config = DataSourceConfig.Empty.With(fields, "config");
        DataSourceConfigCheck.Require(config, type, "config");
        var source = new NewDataSource(id, type, config) { Title = Text(given, "title"), Description = Text(given, "description") };
        var sequence = await _rows.SaveAsync(source, cancellationToken) ?? throw DataSourceRules.BuiltinModified(id);
        await _changes.AnnounceAsync(sequence, cancellationToken);
        return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id }));
    }

    public async Task<HostReply> DeleteAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var id = given.GetProperty("id").GetString() ?? "";
        if (await _rows.FindAsync(id, cancellationToken) is { IsBuiltin: true }) throw DataSourceRules.BuiltinDeleted(id);
        var sequence = await _rows.DeleteAsync(id, cancellationToken);
        if (sequence is { } deleted) await _changes.AnnounceAsync(deleted, cancellationToken);
        return HostReply.Json(sequence is null ? "false"u8.ToArray() : "true"u8.ToArray());
    }

    private static string? Text(JsonElement given, string field) =>
        given.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
