using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Packages;
using Dff.Grains.AuthLinks;
using Dff.Grains.GrainStates;
using Dff.Storage.AuthLinks;
using Dff.Storage.Lists;

namespace Dff.Grains.Packages.Parts;

public sealed class AuthLinkPart(AuthLinkRepository links, StateStore states, ImportedApiAuth apiAuths) : IPackagePart
{
    private const string Prefix = "auln-";

    public string Name => "authLinks";

    public async Task<IReadOnlyList<JsonObject>> ExportAsync(PackageSelection selection, CancellationToken cancellationToken)
    {
        if (!selection.WithAuthLinks) return [];
        var rows = (await links.ListAsync(new ListQuery { NoPage = true, Filters = [new ListFilter("func_scriptSetId", selection.ScriptSetIds)] }, cancellationToken)).Rows;
        return [.. rows.OrderBy(row => row.Seq).Select(row => new JsonObject
        {
            ["id"] = row.Id,
            ["funcId"] = row.FuncId,
            ["funcCallKwargsJSON"] = PackageJson.Of(row.FuncCallKwargsJSON),
            ["expireTime"] = row.ExpireTime is { } expiry ? PackageJson.Time(expiry) : null,
            ["throttlingJSON"] = PackageJson.Of(row.ThrottlingJSON),
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
            var (id, link) = Read(row);
            await functions.RequireAsync(row, link.FuncId, link.FuncCallKwargsJson, hasCaller: true, cancellationToken);
            if (PrefixedId.Shadow(Prefix, id) is { } other && (imported.Contains(other) || await links.FindAsync(other, cancellationToken) is not null))
                throw row.Wrong("id", $"{id} would hide the auth link {other}");
            records.Add(new PartRecord(id, link.Note, await links.FindAsync(id, cancellationToken) is not null));
        }

        return records;
    }

    public async Task WriteAsync(IReadOnlyList<JsonElement> rows, StoreEdit edit, string importId)
    {
        var given = rows.Select((row, index) => Read(PackageRow.Of(row, Name, index))).ToList();
        var stored = await states.LockAsync<AuthLinkState>(edit.Connection, edit.Transaction, StateNames.AuthLink, [.. given.Select(link => link.Id)]);
        foreach (var (id, link) in given)
        {
            var before = stored.GetValueOrDefault(id);
            (link.ApiAuthId, link.IsDisabled) = await apiAuths.SettleAsync(before?.State is not null, before?.State?.ApiAuthId, link.ApiAuthId, link.IsDisabled);
            link.CreateTime = before?.State?.CreateTime ?? edit.Now;
            link.UpdateTime = edit.Now;
            var version = await states.WriteAsync(edit.Connection, edit.Transaction, StateNames.AuthLink, id, link, before?.Version);
            await links.WriteRowAsync(edit.Connection, edit.Transaction, AuthLinkRows.Of(id, link, version));
            edit.Note(ChangeKind.AuthLink, id);
            edit.Note(StateStore.ChangeOf(StateNames.AuthLink, id));
        }
    }

    private static (string Id, AuthLinkState Link) Read(PackageRow row) => (row.Id("id"), new AuthLinkState
    {
        FuncId = row.Text("funcId", 256),
        FuncCallKwargsJson = row.ObjectJson("funcCallKwargsJSON"),
        ExpireTime = row.Time("expireTime"),
        Throttling = Limits(row),
        TagsJson = row.TextsJson("tagsJSON", 64),
        Origin = row.OneOf("origin", "API", "API", "UI"),
        ShowInDoc = row.Flag("showInDoc"),
        IsDisabled = row.Flag("isDisabled"),
        TaskRecordLimit = row.OptionalNumber("taskRecordLimit", 0, 10_000),
        ApiAuthId = row.OptionalText("apiAuthId"),
        Note = row.OptionalText("note"),
    });

    private static Throttling? Limits(PackageRow row)
    {
        var element = row.Element("throttlingJSON");
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return null;
        if (element.ValueKind != JsonValueKind.Object) throw row.Wrong("throttlingJSON", "an object is expected");
        var limits = new PackageRow(element, $"{row.Path}.throttlingJSON");
        var throttling = new Throttling
        {
            BySecond = limits.OptionalNumber("bySecond", 1, int.MaxValue),
            ByMinute = limits.OptionalNumber("byMinute", 1, int.MaxValue),
            ByHour = limits.OptionalNumber("byHour", 1, int.MaxValue),
            ByDay = limits.OptionalNumber("byDay", 1, int.MaxValue),
            ByMonth = limits.OptionalNumber("byMonth", 1, int.MaxValue),
            ByYear = limits.OptionalNumber("byYear", 1, int.MaxValue),
        };
        return throttling == new Throttling() ? null : throttling;
    }
}
