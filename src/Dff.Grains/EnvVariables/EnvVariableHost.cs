using System.Text.Json;
using Dff.Abstractions.Caching;
using Dff.Abstractions.EnvVariables;
using Dff.Python;
using Dff.Storage.EnvVariables;

namespace Dff.Grains.EnvVariables;

/// <summary><c>DFF.ENV</c>: env variables from the memory of the silo; a change is in force on every silo before it is answered.</summary>
public sealed class EnvVariableHost
{
    private const int Capacity = 10_000;

    private readonly EnvVariableRepository _rows;
    private readonly IChangeFeed _changes;
    private readonly InvalidatingCache<EnvVariableRow> _variables;

    public EnvVariableHost(EnvVariableRepository rows, IChangeFeed changes)
    {
        (_rows, _changes) = (rows, changes);
        _variables = new InvalidatingCache<EnvVariableRow>(rows.FindAsync, changes, Capacity);
        changes.Subscribe(ChangeKind.EnvVariable, _variables);
    }

    public async Task<HostReply> GetAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var variable = await _variables.FindAsync(given.GetProperty("id").GetString() ?? "", cancellationToken);
        return HostReply.Json(variable is null
            ? "null"u8.ToArray()
            : JsonSerializer.SerializeToUtf8Bytes(new { value = variable.ValueTEXT, type = variable.AutoTypeCasting }));
    }

    public async Task<HostReply> ListAsync(CancellationToken cancellationToken)
    {
        var all = await _rows.GetAllAsync(cancellationToken);
        return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(all.Select(variable => new
        {
            id = variable.Id,
            title = variable.Title,
            description = variable.Description,
            type = variable.AutoTypeCasting,
            value = variable.ValueTEXT,
        })));
    }

    public async Task<HostReply> SaveAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var id = EnvVariableIds.Require(given.GetProperty("id").GetString() ?? "", "id");
        var type = Text(given, "type") ?? "string";
        var value = Text(given, "value") ?? "";
        EnvVariableValues.Require(type, value, "value");
        var change = new EnvVariableChange
        {
            Title = Text(given, "title"),
            Description = Text(given, "description"),
            ValueTEXT = value,
            AutoTypeCasting = type,
        };
        await _changes.AnnounceAsync(await _rows.SaveAsync(id, change, cancellationToken), cancellationToken);
        return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(new { id }));
    }

    public async Task<HostReply> DeleteAsync(JsonElement given, CancellationToken cancellationToken)
    {
        var sequence = await _rows.DeleteAsync(given.GetProperty("id").GetString() ?? "", cancellationToken);
        if (sequence is { } deleted) await _changes.AnnounceAsync(deleted, cancellationToken);
        return HostReply.Json(sequence is null ? "false"u8.ToArray() : "true"u8.ToArray());
    }

    private static string? Text(JsonElement given, string field) =>
        given.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
