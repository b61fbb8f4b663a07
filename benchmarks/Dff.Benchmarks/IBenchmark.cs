namespace Dff.Benchmarks;

internal interface IBenchmark
{
    string Name { get; }

    Task RunAsync(Plan plan, Report report);
}

/// <summary>How long to measure. What is compared takes turns, round by round, and the median of the rounds counts.</summary>
internal sealed record Plan(int Rounds, TimeSpan Round)
{
    public static Plan Whole { get; } = new(5, TimeSpan.FromSeconds(5));

    public static Plan Quick { get; } = new(2, TimeSpan.FromSeconds(3));
}
