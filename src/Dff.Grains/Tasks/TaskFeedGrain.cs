using Dff.Abstractions.Tasks;
using Orleans;
using Orleans.Placement;

namespace Dff.Grains.Tasks;

// Followers that are there ask again and again; those that come later read what the store has.
[PreferLocalPlacement, CollectionAgeLimit(Minutes = 2)]
public sealed class TaskFeedGrain(TimeProvider time) : Grain, ITaskFeedGrain
{
    /// <summary>Characters answered at once, so that a follower who comes late is not sent everything in one message.</summary>
    private const int LargestRead = 256 * 1024;

    private readonly List<TaskEvent> _events = [];
    private TaskCompletionSource _grown = New();
    private bool _hasEnded;
    private bool _isFollowed;

    public Task AppendAsync(string name, string json)
    {
        if (_hasEnded) return Task.CompletedTask;
        _events.Add(new TaskEvent(_events.Count + 1, name, json));
        _hasEnded = name == TaskEvent.End;
        _grown.TrySetResult();
        if (!_hasEnded) _grown = New();
        return Task.CompletedTask;
    }

    public Task ReleaseAsync()
    {
        if (!_isFollowed) DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<TaskEvents> ReadAsync(long after, TimeSpan limit)
    {
        _isFollowed = true;
        if (after > _events.Count) return new TaskEvents([], IsLost: true);
        if (after == _events.Count && !_hasEnded) await _grown.Task.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var size = 0;
        return new TaskEvents([.. _events.Skip((int)after).TakeWhile(next => size == 0 | (size += next.Json.Length) <= LargestRead)], IsLost: false);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
