using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Packages;
using Dff.Grains.Batches;
using Dff.Grains.GrainStates;
using Dff.Storage.Batches;
using Dff.Storage.Lists;

namespace Dff.Grains.Packages.Parts;

public sealed class BatchPart(BatchRepository batches, StateStore states, ImportedApiAuth apiAuths) : IPackagePart
{
    private const string Prefix = "bat-";

    public string Name => "batches";

    public async Task<IReadOnlyList<JsonObject>> ExportAsync(PackageSelection selection, CancellationToken cancellationToken)
    {
        if (!selection.WithBatches) return [];
        var query = new ListQuery { NoPage = true, Filters = [new ListFilter("func_scriptSetId", selection.ScriptSetIds)] };
        var rows = (await batches.ListAsync(query, withTaskInfoCount: false, cancellationToken)).Rows;
        return [.. rows.OrderBy(row => row.Seq).Select(row => new JsonObject
        {
            ["id"] = row.Id,
            ["funcId"] = row.FuncId,
            ["funcCallKwargsJSON"] = PackageJson.Of(row.FuncCallKwargsJSON),
            ["tagsJSON"] = PackageJson.Of(row.TagsJSON),
            ["origin"] = row.Origin,
            ["showInDoc"] = row.ShowInDoc,
            ["isDisabled"] = row.IsDisabled,
            ["taskRecordLimit"] = row.TaskRecordLimit,
            ["apiAuthId"] = row.ApiAuthId,
            ["note"] = row.Note,
        })];
    }

    public async Task<IReadOnlyList<PartRecord>> CheckAsync(IReadOnlyList<JsonElement> rows, ImportedFunctions functions, CancellationToken cancellationToken)
    {
        var records = new List<PartRecord>();
        var imported = rows.Select((row, index) => PackageRow.Of(row, Name, index).Id("id")).ToHashSet(StringComparer.Ordinal);
        for (var index = 0; index < rows.Count; index++)
        {
            var row = PackageRow.Of(rows[index], Name, index);
            var (id, batch) = Read(row);
            await functions.RequireAsync(row, batch.FuncId, batch.FuncCallKwargsJson, hasCaller: true, cancellationToken);
            if (PrefixedId.Shadow(Prefix, id) is { } other && (imported.Contains(other) || await batches.FindAsync(other, cancellationToken) is not null))
                throw row.Wrong("id", $"{id} would hide the batch {other}");
            records.Add(new PartRecord(id, batch.Note, await batches.FindAsync(id, cancellationToken) is not null));
        }

        return records;
    }

    public async Task WriteAsync(IReadOnlyList<JsonElement> rows, StoreEdit edit, string importId)
    {
        var given = rows.Select((row, index) => Read(PackageRow.Of(row, Name, index))).ToList();
        var stored = await states.LockAsync<BatchState>(edit.Connection, edit.Transaction, StateNames.Batch, [.. given.Select(batch => batch.Id)]);
        foreach (var (id, batch) in given)
        {
            var before = stored.GetValueOrDefault(id);
            (batch.ApiAuthId, batch.IsDisabled) = await apiAuths.SettleAsync(before?.State is not null, before?.State?.ApiAuthId, batch.ApiAuthId, batch.IsDisabled);
            batch.CreateTime = before?.State?.CreateTime ?? edit.Now;
            batch.UpdateTime = edit.Now;
            var version = await states.WriteAsync(edit.Connection, edit.Transaction, StateNames.Batch, id, batch, before?.Version);
            await batches.WriteRowAsync(edit.Connection, edit.Transaction, BatchRows.Of(id, batch, version));
            edit.Note(ChangeKind.Batch, id);
            edit.Note(StateStore.ChangeOf(StateNames.Batch, id));
        }
    }

    private static (string Id, BatchState Batch) Read(PackageRow row) => (row.Id("id"), new BatchState
    {
        FuncId = row.Text("funcId", 256),
        FuncCallKwargsJson = row.ObjectJson("funcCallKwargsJSON"),
        TagsJson = row.TextsJson("tagsJSON", 64),
        Origin = row.OneOf("origin", "API", "API", "UI"),
        ShowInDoc = row.Flag("showInDoc"),
        IsDisabled = row.Flag("isDisabled"),
        TaskRecordLimit = row.OptionalNumber("taskRecordLimit", 0, 10_000),
        ApiAuthId = row.OptionalText("apiAuthId"),
        Note = row.OptionalText("note"),
    });
}
