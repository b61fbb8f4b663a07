using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Packages;
using Dff.Abstractions.Tasks;
using Dff.Grains.AutoRun;
using Dff.Grains.Crontab;
using Dff.Grains.Scripts;
using Dff.Storage.Crontab;
using Dff.Storage.Lists;

namespace Dff.Grains.Packages.Parts;

/// <summary>
/// Crontab configs follow the transaction, by their grains: before a config changes, its moments until then are settled, and its reminder is written ahead of
/// its state, which no foreign transaction could do for it.
/// </summary>
public sealed class CrontabConfigPart(CrontabConfigRepository configs, IFunctionCatalog functions, DefaultTimeZone defaultZone, IGrainFactory grains) : IFollowedPart
{
    private const int LongestGrace = 366 * 86400;

    public string Name => "crontabConfigs";

    public async Task<IReadOnlyList<JsonObject>> ExportAsync(PackageSelection selection, CancellationToken cancellationToken)
    {
        if (!selection.WithCrontabConfigs) return [];
        var query = new ListQuery { NoPage = true, Filters = [new ListFilter("func_scriptSetId", selection.ScriptSetIds)] };
        var rows = (await configs.ListAsync(query, withCounts: false, cancellationToken)).Rows;
        // What a function has made by itself it makes by itself there, too.
        return [.. rows.Where(row => row.Origin != IntegratedConfig.Origin).OrderBy(row => row.Seq).Select(row => new JsonObject
        {
            ["id"] = row.Id,
            ["funcId"] = row.FuncId,
            ["funcCallKwargsJSON"] = PackageJson.Of(row.FuncCallKwargsJSON),
            ["crontab"] = row.Crontab,
            ["timezone"] = row.Timezone,
            ["misfirePolicy"] = row.MisfirePolicy,
            ["misfireGraceSeconds"] = row.MisfireGraceSeconds,
            ["overlapPolicy"] = row.OverlapPolicy,
            ["tagsJSON"] = PackageJson.Of(row.TagsJSON),
            ["saveResult"] = row.SaveResult,
            ["scope"] = row.Scope,
            ["expireTime"] = row.ExpireTime is { } expiry ? PackageJson.Time(expiry) : null,
            ["origin"] = row.Origin,
            ["isDisabled"] = row.IsDisabled,
            ["taskRecordLimit"] = row.TaskRecordLimit,
            ["note"] = row.Note,
        })];
    }

    public async Task<IReadOnlyList<PartRecord>> CheckAsync(IReadOnlyList<JsonElement> rows, ImportedFunctions imported, CancellationToken cancellationToken)
    {
        var records = new List<PartRecord>();
        var claims = new HashSet<(string, string)>();
        for (var index = 0; index < rows.Count; index++)
        {
            var row = PackageRow.Of(rows[index], Name, index);
            var id = row.Id("id");
            var change = Read(row);
            var (funcId, kwargs) = (change.FuncId.Value!, change.FuncCallKwargsJson.Value!);
            if (Encoding.UTF8.GetByteCount(kwargs) > NewTask.LargestKwargs) throw row.Wrong("funcCallKwargsJSON", $"at most {NewTask.LargestKwargs} bytes are accepted");
            await imported.RequireAsync(row, funcId, kwargs, hasCaller: false, cancellationToken);
            if (change.Crontab.Value is null && await imported.FixedCrontabAsync(funcId, functions, cancellationToken) is null)
                throw row.Wrong("crontab", $"an expression is required, because {funcId} has no fixed_crontab");
            var claim = (change.Scope.Value!, Md5.OfText($"{funcId}\n{kwargs}\n{change.Crontab.Value}\n{change.Timezone.Value ?? await defaultZone.GetAsync(cancellationToken)}"));
            if (!claims.Add(claim) || await configs.FindClaimantAsync(claim.Item1, claim.Item2, cancellationToken) is { } holder && holder != id && await configs.ExistsAsync(holder, cancellationToken))
                throw row.Wrong("id", $"another crontab config runs {funcId} with the same arguments at the same times in the scope {claim.Item1}");
            records.Add(new PartRecord(id, change.Note.Value, await configs.ExistsAsync(id, cancellationToken)));
        }

        return records;
    }

    public Task WriteAsync(IReadOnlyList<JsonElement> rows, StoreEdit edit, string importId)
    {
        for (var index = 0; index < rows.Count; index++) edit.Follow(importId, Name, PackageRow.Of(rows[index], Name, index).Id("id"), rows[index]);
        return Task.CompletedTask;
    }

    public async Task FollowAsync(string id, JsonElement row, CancellationToken cancellationToken)
    {
        var (config, change) = (grains.GetGrain<ICrontabConfigGrain>(id), Read(new PackageRow(row, Name)));
        try
        {
            await config.AddAsync(change);
        }
        catch (DffException error) when (error.Reason == ErrorReason.ClientDuplicated)
        {
            await config.ModifyAsync(change);
        }
    }

    private static CrontabConfigChange Read(PackageRow row) => new()
    {
        FuncId = row.Text("funcId", 256),
        FuncCallKwargsJson = CanonicalJson.Of(Encoding.UTF8.GetBytes(row.ObjectJson("funcCallKwargsJSON"))),
        Crontab = new(true, row.OptionalText("crontab", 256) is { Length: > 0 } crontab ? row.Naming("crontab", () => CrontabExpression.Parse(crontab).Text) : null),
        Timezone = new(true, row.OptionalText("timezone", 64) is { Length: > 0 } zone ? row.Naming("timezone", () => CrontabTimeZone.Find(zone).Id) : null),
        Misfire = CrontabNames.Parse<MisfirePolicy>(row.OneOf("misfirePolicy", "once", [.. CrontabNames.MisfirePolicies])),
        MisfireGraceSeconds = row.Number("misfireGraceSeconds", 0, LongestGrace, 3600),
        Overlap = CrontabNames.Parse<OverlapPolicy>(row.OneOf("overlapPolicy", "skip", [.. CrontabNames.OverlapPolicies])),
        ExpireTime = new(true, row.Time("expireTime")),
        Scope = row.OptionalText("scope", 255) is { Length: > 0 } scope ? scope : "GLOBAL",
        TagsJson = new(true, row.TextsJson("tagsJSON", 64)),
        Origin = row.OneOf("origin", "API", "API", "UI"),
        IsDisabled = row.Flag("isDisabled"),
        Note = new(true, row.OptionalText("note")),
        TaskRecordLimit = new(true, row.OptionalNumber("taskRecordLimit", 0, 10_000)),
        SaveResult = row.Flag("saveResult"),
    };
}
