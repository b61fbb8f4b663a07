using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Caching;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Packages;
using Dff.Storage.EnvVariables;
using Dff.Storage.Lists;

namespace Dff.Grains.Packages.Parts;

public sealed class EnvVariablePart(EnvVariableRepository variables) : IPackagePart
{
    public string Name => "envVariables";

    public async Task<IReadOnlyList<JsonObject>> ExportAsync(PackageSelection selection, CancellationToken cancellationToken)
    {
        var rows = new List<JsonObject>();
        foreach (var id in selection.EnvVariableIds.Distinct(StringComparer.Ordinal))
        {
            var row = await variables.FindAsync(id, cancellationToken) ?? throw DffException.NotFound("env variable", id);
            rows.Add(new JsonObject
            {
                ["id"] = row.Id,
                ["title"] = row.Title,
                ["description"] = row.Description,
                ["valueTEXT"] = row.ValueTEXT,
                ["autoTypeCasting"] = row.AutoTypeCasting,
                ["isPinned"] = row.IsPinned,
            });
        }

        return rows;
    }

    public async Task<IReadOnlyList<PartRecord>> CheckAsync(IReadOnlyList<JsonElement> rows, ImportedFunctions functions, CancellationToken cancellationToken)
    {
        var records = new List<PartRecord>();
        var existing = rows.Count == 0 ? [] : (await variables.ListAsync(ListQuery.All, cancellationToken)).Rows.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var variable in rows.Select(Read)) records.Add(new PartRecord(variable.Id, variable.Title, existing.Contains(variable.Id)));
        return records;
    }

    public async Task WriteAsync(IReadOnlyList<JsonElement> rows, StoreEdit edit, string importId)
    {
        foreach (var variable in rows.Select(Read))
        {
            await variables.WriteRowAsync(edit.Connection, edit.Transaction, variable);
            edit.Note(ChangeKind.EnvVariable, variable.Id);
        }
    }

    private EnvVariableRow Read(JsonElement element, int index)
    {
        var row = PackageRow.Of(element, Name, index);
        var variable = new EnvVariableRow
        {
            Id = row.Id("id"),
            Title = row.OptionalText("title", 256),
            Description = row.OptionalText("description"),
            ValueTEXT = row.OptionalText("valueTEXT", 16 * 1024 * 1024) ?? "",
            AutoTypeCasting = row.OneOf("autoTypeCasting", "string", [.. EnvVariableValues.Types]),
            IsPinned = row.Flag("isPinned"),
        };
        row.Naming("valueTEXT", () => EnvVariableValues.Require(variable.AutoTypeCasting, variable.ValueTEXT, "valueTEXT"));
        return variable;
    }
}
