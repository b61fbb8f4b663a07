using Orleans.Concurrency;

namespace Dff.Abstractions.ManyJobs;

/// <summary>
/// Changes many records as one: all of them or none. Key: the job's ID. The job is stored before its first step, so that after a crash another node
/// carries it on to its end, or takes back what was done where a step is refused. While it is under way, readers see a part of it, and lists name it.
/// </summary>
[Alias("dff.many-job")]
public interface IManyJobGrain : IGrainWithStringKey
{
    /// <summary>Answers when all is changed.</summary>
    /// <exception cref="Errors.DffException">A step was refused, its number is <c>detail.index</c>; nothing has changed.</exception>
    [Alias("run"), ResponseTimeout("00:30:00")]
    Task RunAsync(ManyJob job);

    /// <summary>Carries the job on where nobody does; it may have ended.</summary>
    [Alias("resume"), ResponseTimeout("00:30:00"), AlwaysInterleave]
    Task ResumeAsync();
}

/// <param name="Kind">One of <see cref="ManyJobKind"/>.</param>
[GenerateSerializer, Immutable, Alias("dff.many-job-content")]
public sealed record ManyJob([property: Id(0)] string Kind, [property: Id(1)] ManyOperation Operation, [property: Id(2)] IReadOnlyList<ManyStep> Steps);

/// <param name="Id">The record's ID.</param>
/// <param name="Change">The change record of the kind, like <see cref="AuthLinks.AuthLinkChange"/>; null where the record is deleted.</param>
[GenerateSerializer, Immutable, Alias("dff.many-step")]
public sealed record ManyStep([property: Id(0)] string Id, [property: Id(1)] object? Change);

public enum ManyOperation
{
    Add,
    Modify,
    Delete,
}

public static class ManyJobKind
{
    public const string AuthLink = "authLink";
    public const string Batch = "batch";
    public const string CrontabConfig = "crontabConfig";
}
