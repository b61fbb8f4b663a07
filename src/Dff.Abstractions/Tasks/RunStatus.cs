namespace Dff.Abstractions.Tasks;

/// <summary>Where a task stands. All but <see cref="Queued"/> and <see cref="Running"/> are terminal: a task that has reached one of them stays there and is never run again.</summary>
public static class RunStatus
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Success = "success";

    /// <summary>The function raised, ended its process, or answered what cannot be kept.</summary>
    public const string Failure = "failure";
    public const string Timeout = "timeout";
    public const string Cancelled = "cancelled";

    /// <summary>It waited longer than it might.</summary>
    public const string Expired = "expired";
    public const string Skipped = "skipped";

    /// <summary>As many of its attempts as allowed began and never ended, because the worker or the node was lost.</summary>
    public const string Lost = "lost";

    private static readonly string[] Finished = [Success, Failure, Timeout, Cancelled, Expired, Skipped, Lost];

    public static bool IsFinished(string status) => status is not (Queued or Running);

    /// <summary>As the 1.0 routes say it.</summary>
    public static string OfVersion1(string status) => status switch
    {
        Queued => "queued",
        Running => "pending",
        Success => "success",
        _ => "failure",
    };

    /// <summary>As the later generation's records of finished tasks say it.</summary>
    public static string OfRecord(string status) => status switch
    {
        Success => "success",
        Timeout => "timeout",
        Cancelled or Expired or Skipped => "skip",
        _ => "failure",
    };

    /// <summary>All that <see cref="OfRecord"/> calls so.</summary>
    public static IReadOnlyList<string> AllOfRecord(string status) => [.. Finished.Where(finished => OfRecord(finished) == status)];

    /// <summary>As the monitor's routes say it.</summary>
    public static string OfMonitor(string status) => status switch
    {
        Queued or Running => "PENDING",
        Success => "SUCCESS",
        _ => "FAILURE",
    };
}
