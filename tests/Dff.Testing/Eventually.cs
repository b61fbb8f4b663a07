using System.Diagnostics;

namespace Dff.Testing;

/// <summary>Waits for a condition; the limit only ends what would never come.</summary>
public static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        var began = Stopwatch.GetTimestamp();
        var most = limit ?? TimeSpan.FromSeconds(180);
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > most) throw new TimeoutException($"it did not come true within {most.TotalSeconds} s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? limit = null) => TrueAsync(() => Task.FromResult(condition()), what, limit);
}
