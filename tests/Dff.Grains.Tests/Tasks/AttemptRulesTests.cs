using Dff.Abstractions.Tasks;
using Dff.Grains.Tasks;
using Dff.Storage.Tasks;
using FluentAssertions;

namespace Dff.Grains.Tests.Tasks;

/// <summary>What becomes of a task when an attempt has ended.</summary>
public sealed class AttemptRulesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void A_success_ends_it_and_its_result_is_kept_as_long_as_was_asked_for()
    {
        var kept = After(Task(saveResult: true), AttemptEnd.Ended, RunStatus.Success);
        var forAnHour = After(Task(), AttemptEnd.Ended, RunStatus.Success);

        ((TaskFinish)kept).ResultExpireTime.Should().BeNull();
        ((TaskFinish)forAnHour).Should().BeEquivalentTo(new { Status = RunStatus.Success, ResultExpireTime = Now.AddHours(1), EndTime = Now });
    }

    [Theory]
    [InlineData(0, 1, null)]
    [InlineData(2, 1, 3)]
    [InlineData(2, 2, 6)]
    [InlineData(2, 3, null)]
    [InlineData(100, 50, 3600)]
    public void A_failure_is_tried_again_as_often_as_was_asked_for_and_later_each_time(int retries, int attempt, int? delaySeconds)
    {
        var task = Task(retries: retries, attempt: attempt);

        foreach (var status in (string[])[RunStatus.Failure, RunStatus.Timeout])
        {
            var after = After(task, AttemptEnd.Ended, status);
            if (delaySeconds is null) ((TaskFinish)after).Status.Should().Be(status);
            else ((TaskPutBack)after).DueTime.Should().Be(Now.AddSeconds(delaySeconds.Value));
        }
    }

    [Fact]
    public void A_loss_begins_again_at_once_until_as_many_as_allowed_were_lost()
    {
        After(Task(), AttemptEnd.WorkerLost).Should().Be(new TaskPutBack("t", 1, 0, Now));
        var last = (TaskFinish)After(Task(attempt: 2, losses: 1), AttemptEnd.WorkerLost);
        (last.Status, last.Losses, last.ErrorType).Should().Be((RunStatus.Lost, 2, "WorkerLost"));
        ((TaskFinish)After(Task(maxAttempts: 1), AttemptEnd.WorkerLost)).Status.Should().Be(RunStatus.Lost);
    }

    [Fact]
    public void What_is_handed_back_does_not_count_and_ends_after_the_tenth_time()
    {
        After(Task(maxAttempts: 1), AttemptEnd.HandedBack).Should().Be(new TaskPutBack("t", 0, 1, Now));
        After(Task(attempt: 4, handBacks: 3), AttemptEnd.HandedBack).Should().Be(new TaskPutBack("t", 0, 4, Now.AddSeconds(4)));
        ((TaskFinish)After(Task(attempt: 11, handBacks: 10), AttemptEnd.HandedBack)).Status.Should().Be(RunStatus.Lost);
        // Neither losses nor what was handed back use retries up.
        After(Task(attempt: 5, losses: 1, handBacks: 3, retries: 1), AttemptEnd.Ended, RunStatus.Failure).Should().BeOfType<TaskPutBack>();
    }

    private static TaskWrite After(QueuedTask task, AttemptEnd end, string status = RunStatus.Failure) =>
        AttemptRules.After(task, new EndedAttempt { TaskId = "t", Attempt = task.Attempt, End = end, Status = status }, Now, TimeSpan.FromHours(1));

    private static QueuedTask Task(int attempt = 1, int losses = 0, int handBacks = 0, int maxAttempts = 2, int retries = 0, bool saveResult = false) => new()
    {
        Id = "t",
        Priority = 0,
        ExpireSeconds = null,
        MaxAttempts = maxAttempts,
        Retries = retries,
        RetryDelaySeconds = 3,
        SaveResult = saveResult,
        DueTime = Now,
        Attempt = attempt,
        Losses = losses,
        HandBacks = handBacks,
    };
}
