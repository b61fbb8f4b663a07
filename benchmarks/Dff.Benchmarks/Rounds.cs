namespace Dff.Benchmarks;

/// <summary>The rounds of one contestant.</summary>
internal sealed record Rounds(IReadOnlyList<Load> Loads)
{
    public double Of(Func<Load, double> figure) => Loads.Select(figure).Median();

    /// <summary>The median of the ratios of each round, so that a slow moment of the machine meets both.</summary>
    public double Ratio(Rounds other, Func<Load, double> figure) => Loads.Zip(other.Loads, (mine, theirs) => figure(mine) / figure(theirs)).Median();

    /// <exception cref="InvalidOperationException">A call failed: then nothing was measured.</exception>
    public static async Task<IReadOnlyList<Rounds>> TakeTurnsAsync(Plan plan, IReadOnlyList<string> urls, int connections, string? jsonBody = null)
    {
        var loads = urls.Select(_ => new List<Load>()).ToList();
        foreach (var url in urls) await Wrk.RunAsync(url, connections, plan.Round, jsonBody);
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var index = 0; index < urls.Count; index++)
            {
                var load = await Wrk.RunAsync(urls[index], connections, plan.Round, jsonBody);
                if (load.Failures > 0) throw new InvalidOperationException($"{load.Failures} calls of {urls[index]} failed");
                loads[index].Add(load);
            }
        }

        return [.. loads.Select(list => new Rounds(list))];
    }
}
