using Dff.Abstractions.Batches;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Grains.Functions;
using Dff.Storage;
using Dff.Storage.Batches;
using Orleans.Runtime;

namespace Dff.Grains.Batches;

public sealed class BatchGrain(
    [PersistentState("batch")] IPersistentState<BatchState> state,
    BatchRepository rows,
    CallerRules rules,
    IChangeFeed changes,
    TimeProvider time) : Grain, IBatchGrain
{
    private string Id => this.GetPrimaryKeyString();

    public async Task AddAsync(BatchChange change)
    {
        await ProbeAsync(change, isNew: true);
        state.State = new BatchState { CreateTime = time.GetUtcNow(), JobId = change.JobId };
        Apply(change);
        await WriteAsync();
    }

    public async Task ModifyAsync(BatchChange change)
    {
        await ProbeAsync(change, isNew: false);
        Apply(change);
        await WriteAsync();
    }

    public async Task DeleteAsync()
    {
        RequireExists();
        await state.ClearStateAsync();
        await DeleteRowAsync();
        DeactivateOnIdle();
    }

    public async Task ReprojectAsync()
    {
        if (state.RecordExists) await ProjectAsync();
        else await DeleteRowAsync();
    }

    public Task<BatchChange?> DescribeAsync()
    {
        var batch = state.State;
        return Task.FromResult(!state.RecordExists ? null : new BatchChange
        {
            FuncId = batch.FuncId,
            FuncCallKwargsJson = batch.FuncCallKwargsJson,
            Origin = batch.Origin,
            ShowInDoc = batch.ShowInDoc,
            IsDisabled = batch.IsDisabled,
            Note = batch.Note,
            TagsJson = batch.TagsJson,
            TaskRecordLimit = new Change<int?>(true, batch.TaskRecordLimit),
            ApiAuthId = batch.ApiAuthId,
            JobId = batch.JobId,
        });
    }

    public Task ProbeAsync(BatchChange change, bool isNew)
    {
        if (!isNew) RequireExists();
        else if (state.RecordExists) throw new DffException(ErrorReason.ClientDuplicated, $"There is a batch {Id} already", new { field = "data.id", id = Id });
        return rules.RequireAsync(change.ApiAuthId, change.FuncId, change.FuncCallKwargsJson, state.State.FuncId, state.State.FuncCallKwargsJson);
    }

    private void RequireExists()
    {
        if (!state.RecordExists) throw DffException.NotFound("batch", Id);
    }

    private void Apply(BatchChange change)
    {
        var batch = state.State;
        batch.FuncId = change.FuncId.Or(batch.FuncId)!;
        batch.FuncCallKwargsJson = change.FuncCallKwargsJson.Or(batch.FuncCallKwargsJson)!;
        batch.TagsJson = change.TagsJson.Or(batch.TagsJson);
        batch.Origin = change.Origin.Or(batch.Origin)!;
        batch.ShowInDoc = change.ShowInDoc.Or(batch.ShowInDoc);
        batch.IsDisabled = change.IsDisabled.Or(batch.IsDisabled);
        batch.Note = change.Note.Or(batch.Note);
        batch.TaskRecordLimit = change.TaskRecordLimit.Or(batch.TaskRecordLimit);
        batch.ApiAuthId = change.ApiAuthId.Or(batch.ApiAuthId);
        batch.UpdateTime = time.GetUtcNow();
    }

    private async Task WriteAsync()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }

        await ProjectAsync();
    }

    private async Task ProjectAsync() =>
        await changes.AnnounceAsync(await rows.ProjectAsync(BatchRows.Of(Id, state.State, state.Version()), CancellationToken.None), CancellationToken.None);

    private async Task DeleteRowAsync() =>
        await changes.AnnounceAsync(await rows.DeleteAsync(Id, state.Version(), CancellationToken.None), CancellationToken.None);
}
