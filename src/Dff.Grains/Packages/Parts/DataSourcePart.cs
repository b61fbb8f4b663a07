using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Caching;
using Dff.Abstractions.DataSources;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Packages;
using Dff.Storage;
using Dff.Storage.DataSources;

namespace Dff.Grains.Packages.Parts;

/// <summary>
/// Data sources without their secrets, whose names alone go along. One that is there keeps the secrets it has; a new one is stored without, and the notices say
/// what it lacks. Nothing is connected to.
/// </summary>
public sealed class DataSourcePart(DataSourceRepository sources) : IPackagePart
{
    public string Name => "dataSources";

    public async Task<IReadOnlyList<JsonObject>> ExportAsync(PackageSelection selection, CancellationToken cancellationToken)
    {
        var rows = new List<JsonObject>();
        foreach (var id in selection.DataSourceIds.Distinct(StringComparer.Ordinal))
        {
            var row = await sources.FindAsync(id, cancellationToken) ?? throw DffException.NotFound("data source", id);
            if (row.IsBuiltin) throw DffException.BadRequest("dataSourceIds", $"dataSourceIds: {id} is built in; each installation has its own");
            rows.Add(new JsonObject
            {
                ["id"] = row.Id,
                ["title"] = row.Title,
                ["description"] = row.Description,
                ["type"] = row.Type,
                ["configJSON"] = PackageJson.Of(row.ConfigJSON),
                ["secretFieldsJSON"] = PackageJson.Of(row.SecretFieldsJSON),
                ["isPinned"] = row.IsPinned,
            });
        }

        return rows;
    }

    public async Task<IReadOnlyList<PartRecord>> CheckAsync(IReadOnlyList<JsonElement> rows, ImportedFunctions functions, CancellationToken cancellationToken)
    {
        var records = new List<PartRecord>();
        foreach (var given in rows.Select(Read))
        {
            var before = await sources.FindAsync(given.Source.Id, cancellationToken);
            if (before?.IsBuiltin == true) throw DataSourceRules.BuiltinModified(before.Id);
            records.Add(new PartRecord(given.Source.Id, given.Source.Title, before is not null) { Notice = Notice(given, before) });
        }

        return records;
    }

    public async Task WriteAsync(IReadOnlyList<JsonElement> rows, StoreEdit edit, string importId)
    {
        foreach (var given in rows.Select(Read))
        {
            var before = await sources.WriteRowAsync(edit.Connection, edit.Transaction, given.Source);
            if (before?.IsBuiltin == true) throw DataSourceRules.BuiltinModified(before.Id);
            edit.Tell(Name, given.Source.Id, Notice(given, before));
            edit.Note(ChangeKind.DataSource, given.Source.Id);
        }
    }

    private Given Read(JsonElement element, int index)
    {
        var row = PackageRow.Of(element, Name, index);
        var id = row.Id("id");
        row.Naming("id", () => DataSourceRules.RequireNewId(id, "id"));
        var type = row.Text("type", 64);
        row.Naming("type", () => DataSourceRules.RequireType(type, "type"));
        using var json = JsonDocument.Parse(row.ObjectJson("configJSON"), PackageJson.Reading);
        var config = row.Naming("configJSON", () => DataSourceConfig.Empty.With(json.RootElement, "configJSON"));
        if (config.HasSecrets) throw row.Wrong($"configJSON.{config.SecretFields.First()}", "secrets do not belong in packages; import it without, and complete the data source then");
        row.Naming("configJSON", () => DataSourceConfigCheck.Require(config, type, "configJSON"));
        var secrets = row.TextsJson("secretFieldsJSON", 64) is { } names ? JsonSerializer.Deserialize<string[]>(names)! : [];
        if (secrets.FirstOrDefault(name => !DataSourceConfig.IsSecret(name)) is { } unknown) throw row.Wrong("secretFieldsJSON", $"{unknown} is no field that holds a secret");
        var source = new NewDataSource(id, type, config) { Title = row.OptionalText("title", 256), Description = row.OptionalText("description"), IsPinned = row.Flag("isPinned") };
        return new Given(source, secrets);
    }

    /// <summary>What whoever imports it has to see to; null: nothing.</summary>
    private static string? Notice(Given given, DataSourceRow? before)
    {
        var kept = before is null ? [] : Names(before.SecretFieldsJSON);
        var missing = given.Secrets.Except(kept, StringComparer.Ordinal).ToList();
        var lacks = missing.Count == 0 ? null : $"stored without {string.Join(", ", missing)}, which packages do not hold; set it before the data source is used";
        var goes = kept.Count > 0 && before is not null && IsElsewhere(given.Source, before) ? $"keeps its {string.Join(", ", kept)}, which another server than until now is given" : null;
        return lacks is null ? goes : goes is null ? lacks : $"{lacks}; {goes}";
    }

    private static bool IsElsewhere(NewDataSource source, DataSourceRow before) =>
        source.Type != before.Type || !WhereTo(source.Config.ShownJson).SequenceEqual(WhereTo(before.ConfigJSON.Text));

    private static List<string?> WhereTo(string shownJson)
    {
        using var shown = JsonDocument.Parse(shownJson, PackageJson.Reading);
        return [.. DataSourceConfig.PlaceFields.Select(name => shown.RootElement.TryGetProperty(name, out var value) ? value.GetRawText() : null)];
    }

    private static List<string> Names(RawJson json) => JsonSerializer.Deserialize<List<string>>(json.Text) ?? [];

    /// <param name="Secrets">Names of those that it had where it was exported.</param>
    private sealed record Given(NewDataSource Source, IReadOnlyList<string> Secrets);
}
