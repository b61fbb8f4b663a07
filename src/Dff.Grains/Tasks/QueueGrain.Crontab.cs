using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Dff.Storage.Tasks;

namespace Dff.Grains.Tasks;

/// <summary>Runs of crontab configs: they come with the cursor of their config, and some wait until they are released.</summary>
public sealed partial class QueueGrain
{
    public async Task<CrontabAdvanced> AdvanceCrontabAsync(CrontabAdvance advance)
    {
        RequireSound();
        if (advance.Runs.Count > 0 && _line.Count + _intake.Count + advance.Runs.Count > options.MaxQueued)
        {
            throw new DffException(
                ErrorReason.WorkerQueueCongestion, $"Queue {Number} holds {_line.Count + _intake.Count} unfinished tasks already; nothing was added",
                new { queue = Number, waiting = _line.Count + _intake.Count, limit = options.MaxQueued });
        }

        var move = new CrontabMove(advance, time.GetUtcNow());
        CrontabMoved moved;
        _intake.Begin(move.Inserts.Count);
        try
        {
            moved = await Committed(_writer.MoveCrontabAsync(move));
        }
        finally
        {
            EndIntake(move.Inserts.Count);
        }

        foreach (var insert in move.Inserts.Where(insert => moved.Added.Contains(insert.TaskId))) Accept(insert, runner: null);
        return moved.Answer;
    }

    public async Task<bool> ReleaseAsync(string taskId)
    {
        RequireSound();
        if (_line.Find(taskId) is not { Phase: TaskPhase.Waiting } task) return false;
        var now = time.GetUtcNow();
        if (task.DueTime <= now) return true;
        var commit = Committed(_writer.WriteAsync(new TaskPutBack(taskId, task.Losses, task.HandBacks, now)));
        _line.Release(task, now);
        Wake();
        await commit;
        return true;
    }
}
