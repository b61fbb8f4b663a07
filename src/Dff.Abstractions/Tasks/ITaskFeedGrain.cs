using Orleans.Concurrency;

namespace Dff.Abstractions.Tasks;

/// <summary>
/// What happens in one run, for whoever follows it: pieces of log, then its end. Key: the task ID. It is in memory only and lives on one silo;
/// what must outlast that silo stands elsewhere.
/// </summary>
[Alias("dff.task-feed")]
public interface ITaskFeedGrain : IGrainWithStringKey
{
    /// <summary>Adds an event; after the end nothing is added any more.</summary>
    /// <param name="name"><see cref="TaskEvent.Log"/> or <see cref="TaskEvent.End"/>.</param>
    /// <param name="json">The event's data.</param>
    [Alias("append")]
    Task AppendAsync(string name, string json);

    /// <summary>The run is over, and its log stands elsewhere: it is forgotten here unless somebody has read of it.</summary>
    [Alias("release")]
    Task ReleaseAsync();

    /// <summary>The events after <paramref name="after"/>; waits for one, at most <paramref name="limit"/>, where there is none.</summary>
    /// <param name="after">The ID of the last event that is known already; 0: none.</param>
    [Alias("read"), AlwaysInterleave]
    Task<TaskEvents> ReadAsync(long after, TimeSpan limit);
}

/// <param name="Id">1, 2, 3 … in the order in which they happened.</param>
[GenerateSerializer, Immutable, Alias("dff.task-event")]
public sealed record TaskEvent([property: Id(0)] long Id, [property: Id(1)] string Name, [property: Id(2)] string Json)
{
    /// <summary><c>{lines[]}</c></summary>
    public const string Log = "log";

    /// <summary>The answer that the caller got.</summary>
    public const string End = "end";
}

/// <param name="IsLost">The asker knows of events that this feed never had: the silo that held them is gone.</param>
[GenerateSerializer, Immutable, Alias("dff.task-events")]
public sealed record TaskEvents([property: Id(0)] IReadOnlyList<TaskEvent> Events, [property: Id(1)] bool IsLost);
