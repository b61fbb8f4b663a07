using Dff.Storage;
using Dff.Storage.Batches;

namespace Dff.Grains.Batches;

/// <summary>The row that follows from a state.</summary>
internal static class BatchRows
{
    public static BatchProjection Of(string id, BatchState batch, long version) => new()
    {
        Id = id,
        FuncId = batch.FuncId,
        FuncCallKwargsJSON = new RawJson(batch.FuncCallKwargsJson),
        TagsJSON = batch.TagsJson is { } tags ? new RawJson(tags) : null,
        Origin = batch.Origin,
        ShowInDoc = batch.ShowInDoc,
        IsDisabled = batch.IsDisabled,
        TaskRecordLimit = batch.TaskRecordLimit,
        ApiAuthId = batch.ApiAuthId,
        Note = batch.Note,
        CreateTime = batch.CreateTime,
        UpdateTime = batch.UpdateTime,
        GrainVersion = version,
    };
}
