using Dff.Abstractions.Batches;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Grains.Functions;
using Dff.Storage;
using Dff.Storage.ApiAuths;
using Dff.Storage.Batches;
using Dff.Storage.Scripts;
using Orleans.Runtime;

namespace Dff.Grains.Batches;

public sealed class BatchGrain(
    [PersistentState("batch")] IPersistentState<BatchState> state,
    BatchRepository rows,
    IFunctionCatalog functions,
    FuncRepository functionRows,
    ApiAuthRepository apiAuths,
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
        return RequireFunctionAsync(change);
    }

    private void RequireExists()
    {
        if (!state.RecordExists) throw DffException.NotFound("batch", Id);
    }

    private async Task RequireFunctionAsync(BatchChange change)
    {
        // To accept one that is not there would leave open, or shut, what its owner believes to be guarded.
        if (change.ApiAuthId.Value is { } apiAuthId && await apiAuths.FindAsync(apiAuthId, CancellationToken.None) is null)
            throw new DffException(ErrorReason.ClientNotFound, $"data.apiAuthId: no API authentication {apiAuthId}", new { field = "data.apiAuthId", id = apiAuthId });
        var funcId = change.FuncId.Or(state.State.FuncId)!;
        if (change.FuncId.IsSet && await functions.FindAsync(funcId, CancellationToken.None) is null)
            throw new DffException(ErrorReason.ClientNotFound, $"data.funcId: no published function {funcId}", new { field = "data.funcId", funcId });
        if (!change.FuncId.IsSet && !change.FuncCallKwargsJson.IsSet) return;
        var kwargs = change.FuncCallKwargsJson.Or(state.State.FuncCallKwargsJson)!;
        FunctionArguments.Require(funcId, kwargs, (await functionRows.FindArgumentsAsync(funcId, CancellationToken.None))?.Text, hasCaller: true);
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
