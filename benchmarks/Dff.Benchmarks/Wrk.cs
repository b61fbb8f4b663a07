using System.Globalization;
using System.Text.RegularExpressions;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <param name="Failures">Answers that are not 2xx, and broken connections.</param>
internal sealed record Load(double RequestsPerSecond, TimeSpan Median, TimeSpan Percentile99, long Failures);

/// <summary>The load generator wrk.</summary>
internal static partial class Wrk
{
    public static async Task<Load> RunAsync(string url, int connections, TimeSpan duration, string? jsonBody = null, (string Name, string Value)? header = null)
    {
        using var directory = new TestDirectory();
        var script = directory.Combine("request.lua");
        await File.WriteAllTextAsync(
            script,
            (jsonBody is null ? "" : $"wrk.method = 'POST'\nwrk.body = '{jsonBody}'\nwrk.headers['Content-Type'] = 'application/json'\n")
            + (header is { } given ? $"wrk.headers['{given.Name}'] = '{given.Value}'\n" : ""));
        var seconds = duration.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        await using var wrk = ServerProcess.Start("wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "--latency", "-s", script, url], "wrk");
        await wrk.WaitForExitAsync(duration + TimeSpan.FromSeconds(30));
        var output = wrk.Output;
        var failures = Number(NotOk().Match(output)) + SocketErrors().Matches(output).SelectMany(match => match.Groups.Values.Skip(1)).Sum(group => long.Parse(group.Value, CultureInfo.InvariantCulture));
        return new Load(double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), Time(output, "50%"), Time(output, "99%"), failures);
    }

    private static long Number(Match match) => match.Success ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    private static TimeSpan Time(string output, string percentile)
    {
        var match = Regex.Match(output, $@"{percentile}\s+([\d.]+)(us|ms|s|m)\b");
        var value = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch
        {
            "us" => TimeSpan.FromMicroseconds(value),
            "ms" => TimeSpan.FromMilliseconds(value),
            "s" => TimeSpan.FromSeconds(value),
            _ => TimeSpan.FromMinutes(value),
        };
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex NotOk();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrors();
}
