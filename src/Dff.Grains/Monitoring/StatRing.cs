using Dff.Abstractions.Monitoring;

namespace Dff.Grains.Monitoring;

/// <param name="Queue">Set where it is the figure of one queue.</param>
public readonly record struct Figure(string Name, double Value, int? Queue = null);

/// <summary>The latest samples of a node's figures, in memory. Thread-safe.</summary>
/// <param name="kept">Samples; older ones are forgotten.</param>
public sealed class StatRing(int kept)
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Time, IReadOnlyList<Figure> Figures)> _samples = new();

    public void Add(DateTimeOffset time, IReadOnlyList<Figure> figures)
    {
        lock (_gate)
        {
            _samples.Enqueue((time.ToUnixTimeSeconds(), figures));
            while (_samples.Count > kept) _samples.Dequeue();
        }
    }

    public void Clear()
    {
        lock (_gate) _samples.Clear();
    }

    public IReadOnlyList<StatSeries> Series()
    {
        (long Time, IReadOnlyList<Figure> Figures)[] samples;
        lock (_gate) samples = [.. _samples];
        return samples.SelectMany(sample => sample.Figures.Select(figure => (figure, sample.Time))).GroupBy(point => (point.figure.Name, point.figure.Queue)).Select(series => new StatSeries
        {
            Name = series.Key.Name,
            Queue = series.Key.Queue,
            Points = series.Select(point => (double[])[point.Time, point.figure.Value]).ToArray(),
        }).ToArray();
    }
}
