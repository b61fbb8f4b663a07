namespace Dff.Grains.Tasks;

/// <summary>
/// The tasks that are being brought to a queue at this moment. Very many at once, as from crontab configs that are all due at the same moment, come before
/// those that could begin: a task is only safe when it is committed. That lasts a while at most, so that a stream without end does not keep everything waiting.
/// </summary>
internal sealed class Intake(TimeProvider time)
{
    public const int Flood = 500;

    public static readonly TimeSpan LongestFlood = TimeSpan.FromSeconds(2);

    private long _floodBegan;

    public int Count { get; private set; }

    /// <summary>Nothing should begin now.</summary>
    public bool IsFlood => Count >= Flood && time.GetElapsedTime(_floodBegan) < LongestFlood;

    public void Begin(int tasks)
    {
        var before = Count;
        Count += tasks;
        if (before < Flood && Count >= Flood) _floodBegan = time.GetTimestamp();
    }

    /// <returns>True: a flood has ended, so that what waits may begin.</returns>
    public bool End(int tasks)
    {
        var before = Count;
        Count -= tasks;
        return before >= Flood && Count < Flood;
    }
}
