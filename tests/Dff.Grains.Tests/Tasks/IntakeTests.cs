using Dff.Grains.Tasks;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Grains.Tests.Tasks;

/// <summary>When tasks that are being brought come before those that could begin.</summary>
public sealed class IntakeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Intake _intake;

    public IntakeTests() => _intake = new Intake(_time);

    [Fact]
    public void Very_many_at_once_are_a_flood_until_most_of_them_are_committed()
    {
        _intake.Begin(Intake.Flood - 1);
        _intake.IsFlood.Should().BeFalse();
        _intake.Begin(10);
        _intake.IsFlood.Should().BeTrue();

        _intake.End(9).Should().BeFalse();
        _intake.IsFlood.Should().BeTrue();
        _intake.End(1).Should().BeTrue("what waits may begin");
        _intake.IsFlood.Should().BeFalse();
        _intake.End(Intake.Flood - 1).Should().BeFalse();
        _intake.Count.Should().Be(0);
    }

    [Fact]
    public void A_flood_that_does_not_end_lets_others_begin_after_a_while()
    {
        _intake.Begin(2 * Intake.Flood);
        _time.Advance(Intake.LongestFlood);

        _intake.IsFlood.Should().BeFalse();
        _intake.Begin(1);
        _intake.IsFlood.Should().BeFalse();
    }

    [Fact]
    public void The_next_flood_is_one_of_its_own()
    {
        _intake.Begin(Intake.Flood);
        _time.Advance(Intake.LongestFlood);
        _intake.End(1);
        _intake.Begin(1);

        _intake.IsFlood.Should().BeTrue();
    }
}
