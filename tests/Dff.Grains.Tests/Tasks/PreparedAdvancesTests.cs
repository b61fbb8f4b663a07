using Dff.Abstractions.Crontab;
using Dff.Grains.Tasks;
using FluentAssertions;

namespace Dff.Grains.Tests.Tasks;

public sealed class PreparedAdvancesTests
{
    private static readonly DateTimeOffset Moment = new(2026, 11, 28, 9, 0, 0, TimeSpan.Zero);

    private readonly PreparedAdvances _prepared = new();
    private readonly List<CrontabAdvance> _begun = [];

    [Fact]
    public void Nothing_begins_before_its_moment_and_all_of_a_moment_begins_with_it()
    {
        Put("a", Moment);
        Put("b", Moment);
        Put("c", Moment.AddMinutes(1));
        _prepared.NextMoment.Should().Be(Moment);

        Begin(Moment.AddTicks(-1));
        _begun.Should().BeEmpty();

        Begin(Moment);
        _begun.Select(advance => advance.ConfigId).Should().BeEquivalentTo("a", "b");
        _prepared.NextMoment.Should().Be(Moment.AddMinutes(1));

        Begin(Moment.AddMinutes(5));
        _begun.Should().HaveCount(3);
        _prepared.NextMoment.Should().BeNull();
    }

    [Fact]
    public async Task What_is_taken_back_in_time_never_begins()
    {
        Put("a", Moment);
        Put("b", Moment);

        (await _prepared.Settle("a")!).Should().Be(new CrontabAdvanced(IsApplied: false, From(Moment)));
        Begin(Moment);

        _begun.Should().ContainSingle().Which.ConfigId.Should().Be("b");
        _prepared.Settle("a").Should().BeNull("it is known no more");
    }

    [Fact]
    public async Task What_has_begun_is_answered_once_with_what_became_of_it()
    {
        Put("a", Moment);
        var commit = new TaskCompletionSource<IReadOnlyList<CrontabAdvanced>>();
        _prepared.Begin(Moment, _ => commit.Task);

        var settling = _prepared.Settle("a")!;
        settling.IsCompleted.Should().BeFalse("it is being committed");
        commit.SetResult([new CrontabAdvanced(IsApplied: true, Moment)]);

        (await settling).Should().Be(new CrontabAdvanced(IsApplied: true, Moment));
        _prepared.Settle("a").Should().BeNull();
    }

    [Fact]
    public void The_later_of_two_advances_of_a_config_counts()
    {
        Put("a", Moment);
        Put("a", Moment.AddMinutes(1));
        Begin(Moment);
        _begun.Should().BeEmpty();

        Put("a", Moment);
        Begin(Moment.AddMinutes(1));
        _begun.Should().ContainSingle().Which.Runs[0].ScheduledTime.Should().Be(Moment);
    }

    [Fact]
    public void An_outcome_that_nobody_asks_for_is_forgotten()
    {
        Put("a", Moment);
        Begin(Moment);
        Put("b", Moment.AddMinutes(10));
        Begin(Moment.AddMinutes(10));

        _prepared.Settle("a").Should().BeNull();
        _prepared.Settle("b").Should().NotBeNull();
    }

    [Fact]
    public async Task Of_many_each_is_told_its_own_outcome()
    {
        var names = Enumerable.Range(0, 2500).Select(number => $"config-{number}").ToList();
        foreach (var (index, name) in names.Index()) Put(name, Moment.AddMilliseconds(index % 2));
        Begin(Moment.AddMilliseconds(1));

        _begun.Should().HaveCount(names.Count);
        foreach (var (index, name) in names.Index()) (await _prepared.Settle(name)!).Cursor.Should().Be(Moment.AddMilliseconds(index % 2), name);
    }

    private static DateTimeOffset From(DateTimeOffset moment) => moment.AddMinutes(-1);

    private void Put(string config, DateTimeOffset moment) =>
        _prepared.Put(new CrontabAdvance { ConfigId = config, From = From(moment), To = moment, Runs = [new PlannedRun(CrontabTaskId.Of(config, moment), moment, WaitsForPrevious: false)] });

    private void Begin(DateTimeOffset now) => _prepared.Begin(now, advances =>
    {
        _begun.AddRange(advances);
        return Task.FromResult<IReadOnlyList<CrontabAdvanced>>([.. advances.Select(advance => new CrontabAdvanced(IsApplied: true, advance.To))]);
    });
}
