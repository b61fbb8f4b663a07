using System.Text.Json.Nodes;
using Dff.Abstractions.Errors;
using Dff.Abstractions.ManyJobs;
using Dff.Storage.ManyJobs;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.ManyJobs;

/// <summary>
/// The row is written first and deleted last: a row without steps is a job that was never promised. Every step can be done again, also after a crash in the
/// middle of it: an added record remembers its job.
/// </summary>
public sealed partial class ManyJobGrain(
    [PersistentState("many-job")] IPersistentState<ManyJobState> state, ManyJobRepository rows, ILogger<ManyJobGrain> logger) : Grain, IManyJobGrain
{
    private bool _isRunning;

    private string JobId => this.GetPrimaryKeyString();

    public async Task RunAsync(ManyJob job)
    {
        _isRunning = true;
        try
        {
            var target = ManyTarget.Of(job.Kind, GrainFactory);
            var content = new ManyJobState { Kind = job.Kind, Operation = job.Operation };
            for (var index = 0; index < job.Steps.Count; index++)
            {
                var step = job.Steps[index];
                var before = await target.Describe(step.Id);
                if (job.Operation != ManyOperation.Delete) await NumberedAsync(() => target.Probe(step.Id, step.Change!, job.Operation == ManyOperation.Add), job.Operation, index);
                content.Steps.Add(job.Operation == ManyOperation.Add ? step with { Change = target.WithJob(step.Change!, JobId) } : step);
                content.Before.Add(before);
            }

            await rows.AddAsync(JobId, job.Kind, CancellationToken.None);
            state.State = content;
            await state.WriteStateAsync();
            await CarryOnAsync(target);
        }
        finally
        {
            _isRunning = false;
        }
    }

    public async Task ResumeAsync()
    {
        if (_isRunning) return;
        _isRunning = true;
        try
        {
            if (state.RecordExists)
            {
                Resumed(JobId, state.State.Kind, state.State.Steps.Count);
                await CarryOnAsync(ManyTarget.Of(state.State.Kind, GrainFactory));
            }
            else
            {
                await EndAsync();
            }
        }
        catch (DffException error)
        {
            // Whoever asked for it is gone; what it did has been taken back.
            Refused(JobId, error);
        }
        finally
        {
            _isRunning = false;
        }
    }

    private async Task CarryOnAsync(ManyTarget target)
    {
        var job = state.State;
        DffException? refusal = null;
        if (!job.IsUndoing) refusal = await ApplyAsync(target);
        if (refusal is not null)
        {
            job.IsUndoing = true;
            await state.WriteStateAsync();
        }

        if (job.IsUndoing) await UndoAsync(target);
        await state.ClearStateAsync();
        await EndAsync();
        if (refusal is not null) throw refusal;
    }

    /// <returns>Why a step was refused; null: all are done.</returns>
    private async Task<DffException?> ApplyAsync(ManyTarget target)
    {
        var job = state.State;
        for (var index = 0; index < job.Steps.Count; index++)
        {
            var step = job.Steps[index];
            try
            {
                await NumberedAsync(() => ApplyAsync(target, job.Operation, step), job.Operation, index);
            }
            catch (DffException error)
            {
                // Somebody else has deleted it meanwhile, or this job has, before a crash.
                if (job.Operation != ManyOperation.Add && await target.Describe(step.Id) is null) continue;
                return error;
            }
        }

        return null;
    }

    private async Task ApplyAsync(ManyTarget target, ManyOperation operation, ManyStep step)
    {
        switch (operation)
        {
            case ManyOperation.Add when await IsOursAsync(target, step.Id):
                break;
            case ManyOperation.Add:
                await target.Add(step.Id, step.Change!);
                break;
            case ManyOperation.Modify:
                await target.Modify(step.Id, step.Change!);
                break;
            default:
                await target.Delete(step.Id);
                break;
        }
    }

    private async Task UndoAsync(ManyTarget target)
    {
        var job = state.State;
        for (var index = job.Steps.Count - 1; index >= 0; index--)
        {
            var (step, before) = (job.Steps[index], job.Before[index]);
            try
            {
                if (job.Operation == ManyOperation.Add)
                {
                    if (await IsOursAsync(target, step.Id)) await target.Delete(step.Id);
                }
                else if (before is not null)
                {
                    await (await target.Describe(step.Id) is null ? target.Add(step.Id, before) : target.Modify(step.Id, before));
                }
            }
            catch (DffException error)
            {
                // What it was cannot be any more, because its function has gone meanwhile. It stays as it is, and the others are taken back all the same.
                NotTakenBack(JobId, step.Id, error);
            }
        }
    }

    private async Task<bool> IsOursAsync(ManyTarget target, string id) => await target.Describe(id) is { } record && target.JobOf(record) == JobId;

    private async Task EndAsync()
    {
        await rows.DeleteAsync(JobId, CancellationToken.None);
        DeactivateOnIdle();
    }

    /// <summary>A refusal says which step it was.</summary>
    private static async Task NumberedAsync(Func<Task> step, ManyOperation operation, int index)
    {
        try
        {
            await step();
        }
        catch (DffException error) when (operation == ManyOperation.Add)
        {
            var detail = (error.DetailJson is { } json ? JsonNode.Parse(json) as JsonObject : null) ?? [];
            detail["index"] = index;
            throw new DffException(error.Reason, error.Message, detail) { Status = error.Status };
        }
    }

    [LoggerMessage(EventId = 130, EventName = "ManyJobResumed", Level = LogLevel.Warning, Message = "The change {Job} of {Count} records ({Kind}) was interrupted and is carried on")]
    private partial void Resumed(string job, string kind, int count);

    [LoggerMessage(EventId = 131, EventName = "ManyJobRefused", Level = LogLevel.Warning, Message = "The change {Job} was interrupted, and refused when it was carried on; what it had done is taken back")]
    private partial void Refused(string job, DffException error);

    [LoggerMessage(EventId = 132, EventName = "ManyJobNotTakenBack", Level = LogLevel.Error, Message = "The change {Job} was refused, and {Id} cannot be made what it was before")]
    private partial void NotTakenBack(string job, string id, DffException error);
}
