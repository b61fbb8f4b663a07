using Dff.Abstractions.Crontab;
using Dff.Storage.Tasks;

namespace Dff.Grains.Tasks;

/// <summary>Runs of crontab configs: they come with the cursor of their config, and some wait until they are released.</summary>
public sealed partial class QueueGrain
{
    private readonly PreparedAdvances _prepared = new();

    public Task PrepareCrontabAsync(CrontabAdvance advance)
    {
        RequireSound();
        _prepared.Put(advance);
        ScheduleTick();
        return Task.CompletedTask;
    }

    public async Task<CrontabAdvanced?> SettlePreparedAsync(string configId)
    {
        RequireSound();
        return _prepared.Settle(configId) is { } outcome ? await outcome : null;
    }

    public async Task<CrontabAdvanced> AdvanceCrontabAsync(CrontabAdvance advance) => (await AdvanceAsync([advance]))[0];

    /// <summary>Each by itself, in as few commits as may be.</summary>
    private async Task<IReadOnlyList<CrontabAdvanced>> AdvanceAsync(IReadOnlyList<CrontabAdvance> advances)
    {
        RequireSound();
        var runs = advances.Sum(advance => advance.Runs.Count);
        RequireRoom(runs);
        var now = time.GetUtcNow();
        List<CrontabMove> moves = [.. advances.Select(advance => new CrontabMove(advance, now))];
        IReadOnlyList<CrontabMoved> moved;
        _intake.Begin(runs);
        try
        {
            moved = await Committed(_writer.MoveCrontabAsync(moves));
        }
        finally
        {
            EndIntake(runs);
        }

        for (var index = 0; index < moves.Count; index++)
        {
            foreach (var insert in moves[index].Inserts.Where(insert => moved[index].Added.Contains(insert.TaskId))) Accept(insert, runner: null);
        }

        Wake();
        return [.. moved.Select(move => move.Answer)];
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
