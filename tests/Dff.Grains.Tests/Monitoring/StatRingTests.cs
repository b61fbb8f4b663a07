using Dff.Grains.Monitoring;
using FluentAssertions;

namespace Dff.Grains.Tests.Monitoring;

public sealed class StatRingTests
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.FromUnixTimeSeconds(1_000_000);

    [Fact]
    public void The_latest_samples_are_kept_a_series_a_figure_and_queue()
    {
        var ring = new StatRing(3);
        for (var minute = 0; minute < 5; minute++) ring.Add(Begin.AddMinutes(minute), [new Figure("a", minute), new Figure("q", minute * 10, 0), new Figure("q", minute * 20, 1)]);

        var series = ring.Series();

        series.Select(one => (one.Name, one.Queue)).Should().Equal(("a", null), ("q", 0), ("q", 1));
        series[0].Points.Should().BeEquivalentTo((double[][])[[1_000_120, 2], [1_000_180, 3], [1_000_240, 4]], options => options.WithStrictOrdering());
        series[2].Points[^1].Should().Equal(1_000_240, 80);
        ring.Clear();
        ring.Series().Should().BeEmpty();
    }

    [Fact]
    public void A_figure_that_could_not_be_taken_is_missing_in_its_series_alone()
    {
        var ring = new StatRing(3);
        ring.Add(Begin, [new Figure("a", 1), new Figure("b", 1)]);
        ring.Add(Begin.AddMinutes(1), [new Figure("a", 2)]);

        ring.Series().Select(one => (one.Name, one.Points.Count)).Should().Equal(("a", 2), ("b", 1));
    }
}
