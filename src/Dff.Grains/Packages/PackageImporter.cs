using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Packages;
using Dff.Abstractions.Users;
using Dff.Grains.Packages.Files;
using Dff.Grains.Packages.Parts;
using Dff.Storage;
using Dff.Storage.Lists;
using Dff.Storage.Packages;
using Dff.Storage.Scripts;

namespace Dff.Grains.Packages;

/// <summary>Check → diff → confirm, or all at once. What is checked is checked again when it is carried out, because the store may have changed.</summary>
public sealed class PackageImporter(
    StoreEditor editor,
    RecoverPoints recoverPoints,
    PendingImportRepository pending,
    StoredContent contents,
    PackageHistoryRepository history,
    ImportFollowUps followUps,
    IEnumerable<IPackagePart> parts,
    ScriptSetRepository sets,
    ScriptRepository scripts,
    FuncRepository functions,
    WebOptions options,
    TimeProvider time) : IPackageImporter
{
    private readonly IReadOnlyList<IPackagePart> _parts = [.. parts];

    public async Task<PackageCheck> CheckAsync(byte[] file, string? password, Caller caller, CancellationToken cancellationToken)
    {
        var content = PackageFile.Read(file, password);
        var records = await CheckPartsAsync(content, cancellationToken);
        var setIds = (await sets.ListAsync(ListQuery.All, cancellationToken)).Rows.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        var scriptIds = (await scripts.ListAsync(ListQuery.All, withCode: false, cancellationToken)).Rows.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        var diff = Diff(content, records, setIds.Contains, scriptIds.Contains);
        var now = time.GetUtcNow();
        var row = new PendingImportRow { Id = ShortId.New("import"), UserId = caller.UserId, ExpireTime = now.AddSeconds(options.ImportConfirmTimeout) };
        // Without its password, which is not asked for again: the store holds what is in it anyway once it is imported.
        await pending.AddAsync(row, PackageFile.Write(content, null, now), cancellationToken);
        return new PackageCheck(row.Id, content.Summary() with { Notices = records.Notices }, diff);
    }

    public Task<PackageImported> ImportAsync(byte[] file, string? password, Caller caller, CancellationToken cancellationToken) =>
        CarryOutAsync(PackageFile.Read(file, password), null, caller, cancellationToken);

    public async Task<PackageImported> ConfirmAsync(string confirmId, Caller caller, CancellationToken cancellationToken)
    {
        if (await pending.FindAsync(confirmId, cancellationToken) is not { } row || row.UserId != caller.UserId || row.ExpireTime <= time.GetUtcNow()) throw NotThere(confirmId);
        var file = await contents.ReadAsync(confirmId, cancellationToken);
        if (file.Length == 0) throw NotThere(confirmId);
        return await CarryOutAsync(PackageFile.Read(file, null), confirmId, caller, cancellationToken);
    }

    private async Task<PackageImported> CarryOutAsync(PackageContent content, string? confirmId, Caller caller, CancellationToken cancellationToken)
    {
        var records = await CheckPartsAsync(content, cancellationToken);
        var (importId, recoverPointId) = (ShortId.New("ssih"), ShortId.New("srpt"));
        var (diff, summary) = (new PackageDiff([], []), content.Summary());
        await editor.RunAsync(
            caller,
            async edit =>
            {
                if (confirmId is not null && !await PendingImportRepository.TakeAsync(edit.Connection, edit.Transaction, confirmId)) throw NotThere(confirmId);
                var all = await editor.LockScriptsAsync(edit);
                diff = Diff(content, records, all.HasSet, all.HasScript);
                await recoverPoints.WriteBeforeAsync(edit, recoverPointId, $"Before the import {importId}", all);
                await WriteScriptsAsync(content, all, importId);
                foreach (var part in _parts) await part.WriteAsync(content.RowsOf(part.Name), edit, importId);
                summary = content.Summary() with { Notices = edit.Notices };
                await history.AddImportAsync(edit.Connection, edit.Transaction, importId, content.Note, PackageJson.Raw(summary));
            },
            cancellationToken);
        return new PackageImported(importId, recoverPointId, summary, diff, await followUps.RunAsync(importId, CancellationToken.None));
    }

    private static async Task WriteScriptsAsync(PackageContent content, ScriptEdits all, string importId)
    {
        var byScript = content.Funcs.ToLookup(function => function.ScriptId, StringComparer.Ordinal);
        foreach (var set in content.ScriptSets) await all.PutSetAsync(set.Id, set.Title, set.Description, set.Requirements, isPinned: null);
        foreach (var script in content.Scripts)
        {
            var published = script.PublishVersion == 0
                ? null
                : new PublishedTarget(script.Code!, $"[{string.Join(',', byScript[script.Id].Select(function => function.Facts.GetRawText()))}]", script.PublishVersion);
            await all.PutScriptAsync(script.Id, new ScriptTarget(script.Title, script.Description, script.Code, published, KeepsPublished: published is null), $"Imported ({importId})");
        }
    }

    private async Task<CheckedParts> CheckPartsAsync(PackageContent content, CancellationToken cancellationToken)
    {
        foreach (var name in content.Parts.Keys)
        {
            if (!_parts.Any(part => part.Name == name)) throw PackageRow.Refused($"parts.{name}", "this program does not know what that is; use a newer one");
        }

        var imported = new ImportedFunctions(content, functions);
        var (add, replace, notices) = (new List<PackageDiffRecord>(), new List<PackageDiffRecord>(), new List<PackageNotice>());
        foreach (var part in _parts)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var record in await part.CheckAsync(content.RowsOf(part.Name), imported, cancellationToken))
            {
                if (!seen.Add(record.Id)) throw PackageRow.Refused(part.Name, $"{record.Id} is there twice");
                if (record.Notice is { } notice) notices.Add(new PackageNotice(part.Name, record.Id, notice));
                (record.Exists ? replace : add).Add(new PackageDiffRecord(part.Name, record.Id, record.Title));
            }
        }

        return new CheckedParts(add, replace, notices);
    }

    private static PackageDiff Diff(PackageContent content, CheckedParts parts, Func<string, bool> hasSet, Func<string, bool> hasScript)
    {
        var records = content.ScriptSets.Select(set => (Record: new PackageDiffRecord("scriptSets", set.Id, set.Title), Exists: hasSet(set.Id)))
            .Concat(content.Scripts.Select(script => (Record: new PackageDiffRecord("scripts", script.Id, script.Title), Exists: hasScript(script.Id)))).ToList();
        return new PackageDiff(
            [.. records.Where(entry => !entry.Exists).Select(entry => entry.Record), .. parts.Add],
            [.. records.Where(entry => entry.Exists).Select(entry => entry.Record), .. parts.Replace]);
    }

    private sealed record CheckedParts(IReadOnlyList<PackageDiffRecord> Add, IReadOnlyList<PackageDiffRecord> Replace, IReadOnlyList<PackageNotice> Notices);

    private static DffException NotThere(string confirmId) => DffException.Condition(
        "ConfirmingImportTimeout", "There is nothing to be confirmed under this ID any more; import the package again", new { confirmId });
}
