using Dff.Grains.Tasks;
using FluentAssertions;

namespace Dff.Grains.Tests.Tasks;

/// <summary>The order in which a queue begins its tasks.</summary>
public sealed class TaskLineTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    private readonly TaskLine _line = new();

    [Fact]
    public void The_higher_priority_goes_first_and_among_equals_the_older_one()
    {
        Add("a", priority: 0);
        Add("b", priority: 5);
        Add("c", priority: 5);
        Add("d", priority: 0);

        Take(10).Should().Equal("b", "c", "a", "d");
        _line.Running.Should().HaveCount(4);
        Take(10).Should().BeEmpty();
    }

    [Fact]
    public void A_task_that_may_begin_once_only_is_not_taken_ahead_nor_overtaken()
    {
        Add("a");
        Add("b");
        Add("once", maxAttempts: 1);
        Add("c");

        _line.Take(1, ahead: 3).Select(task => task.Id).Should().Equal("a", "b");
        _line.Take(0, ahead: 3).Should().BeEmpty();
        _line.Take(1, ahead: 0).Select(task => task.Id).Should().Equal("once");
        _line.Take(0, ahead: 3).Select(task => task.Id).Should().Equal("c");
    }

    [Fact]
    public void A_task_that_goes_back_keeps_its_place()
    {
        Add("a");
        Add("b");
        Add("c");
        Take(1).Should().Equal("a");

        _line.PutBack(_line.Find("a")!, Now, Now);

        Take(3).Should().Equal("a", "b", "c");
    }

    [Fact]
    public void A_task_waits_for_its_moment_and_for_the_next_one_when_it_goes_back()
    {
        Add("later", due: Now.AddSeconds(10));
        _line.NextMoment.Should().Be(Now.AddSeconds(10));
        _line.MakeReady(Now.AddSeconds(9.999));
        Take(1).Should().BeEmpty();
        _line.MakeReady(Now.AddSeconds(10));
        Take(1).Should().Equal("later");

        _line.PutBack(_line.Find("later")!, Now.AddSeconds(20), Now.AddSeconds(11));

        (_line.Ready, _line.Scheduled).Should().Be((0, 1));
        _line.MakeReady(Now.AddSeconds(20));
        Take(1).Should().Equal("later");
    }

    [Fact]
    public void What_waits_too_long_expires_and_what_runs_does_not()
    {
        Add("runs", expireSeconds: 5);
        Add("waits", expireSeconds: 5);
        Add("scheduled", due: Now.AddSeconds(100), expireSeconds: 5);
        Add("forever");
        Take(1).Should().Equal("runs");

        _line.Expired(Now.AddSeconds(4.999)).Should().BeEmpty();
        var expired = _line.Expired(Now.AddSeconds(5)).Single();
        expired.Id.Should().Be("waits");
        _line.BeginEnd(expired);
        _line.Expired(Now.AddSeconds(104)).Should().BeEmpty("it counts from the moment it could begin");
        _line.Expired(Now.AddSeconds(105)).Select(task => task.Id).Should().Equal("scheduled");
    }

    [Fact]
    public void A_task_that_ends_is_known_until_its_end_is_committed()
    {
        Add("a");
        var task = _line.Find("a")!;
        var ended = task.Ended;

        _line.BeginEnd(task);
        (Take(1).Count, _line.Find("a"), ended.IsCompleted).Should().Be((0, task, false));
        _line.Remove(task);
        task.SetEnded();

        (_line.Find("a"), _line.Count, ended.IsCompleted).Should().Be((null, 0, true));
    }

    private void Add(string id, int priority = 0, DateTimeOffset? due = null, int? expireSeconds = null, int maxAttempts = 2) => _line.Add(
        new QueuedTask { Id = id, Priority = priority, ExpireSeconds = expireSeconds, MaxAttempts = maxAttempts, Retries = 0, RetryDelaySeconds = 1, SaveResult = false, DueTime = due ?? Now }, Now);

    private List<string> Take(int most) => [.. _line.Take(most, ahead: 0).Select(task => task.Id)];
}
