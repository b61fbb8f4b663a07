using Dff.Abstractions.Scripts;

namespace Dff.Abstractions.AuthLinks;

/// <summary>An auth link: a public URL of one function with fixed arguments. Key: its ID as stored.</summary>
[Alias("dff.auth-link")]
public interface IAuthLinkGrain : IGrainWithStringKey
{
    /// <summary>Throws EClientDuplicated where it exists.</summary>
    [Alias("add")]
    Task AddAsync(AuthLinkChange change);

    [Alias("modify")]
    Task ModifyAsync(AuthLinkChange change);

    [Alias("delete")]
    Task DeleteAsync();

    /// <summary>A change that makes this record what it is; null: there is none.</summary>
    [Alias("describe")]
    Task<AuthLinkChange?> DescribeAsync();

    /// <summary>Throws what adding or changing would, and changes nothing.</summary>
    [Alias("probe")]
    Task ProbeAsync(AuthLinkChange change, bool isNew);

    /// <summary>Counts one call against the link's limits, over the whole cluster.</summary>
    [Alias("admit")]
    Task<Admission> AdmitAsync();

    [Alias("reproject")]
    Task ReprojectAsync();
}

[GenerateSerializer, Immutable, Alias("dff.auth-link-change")]
public sealed record AuthLinkChange
{
    [Id(0)] public Change<string> FuncId { get; init; }

    /// <summary>JSON object.</summary>
    [Id(1)] public Change<string> FuncCallKwargsJson { get; init; }

    [Id(2)] public Change<DateTimeOffset?> ExpireTime { get; init; }

    [Id(3)] public Change<Throttling> Throttling { get; init; }

    [Id(4)] public Change<string> Origin { get; init; }

    [Id(5)] public Change<bool> ShowInDoc { get; init; }

    [Id(6)] public Change<bool> IsDisabled { get; init; }

    [Id(7)] public Change<string> Note { get; init; }

    /// <summary>JSON array of strings, or null.</summary>
    [Id(8)] public Change<string> TagsJson { get; init; }

    [Id(9)] public Change<int?> TaskRecordLimit { get; init; }

    /// <summary>How callers prove who they are; null: they need not.</summary>
    [Id(10)] public Change<string> ApiAuthId { get; init; }

    /// <summary>The job that adds it; null: none.</summary>
    [Id(11)] public string? JobId { get; init; }
}

/// <summary>Calls allowed in fixed windows; null: no limit.</summary>
[GenerateSerializer, Immutable, Alias("dff.throttling")]
public sealed record Throttling
{
    [Id(0)] public int? BySecond { get; init; }

    [Id(1)] public int? ByMinute { get; init; }

    [Id(2)] public int? ByHour { get; init; }

    [Id(3)] public int? ByDay { get; init; }

    /// <summary>Windows of 30 days.</summary>
    [Id(4)] public int? ByMonth { get; init; }

    /// <summary>Windows of 365 days.</summary>
    [Id(5)] public int? ByYear { get; init; }
}

/// <param name="Rule">The rule that refused, e.g. <c>bySecond</c>; null when admitted.</param>
/// <param name="WaitSeconds">Until the window that refused ends.</param>
[GenerateSerializer, Immutable, Alias("dff.admission")]
public sealed record Admission(
    [property: Id(0)] string? Rule, [property: Id(1)] int Limit, [property: Id(2)] int CurrentCount, [property: Id(3)] double WaitSeconds)
{
    public static Admission Admitted { get; } = new(null, 0, 0, 0);

    public bool IsAdmitted => Rule is null;
}
