using Dff.Abstractions.AuthLinks;

namespace Dff.Grains.AuthLinks;

[GenerateSerializer, Alias("dff.auth-link-state")]
public sealed class AuthLinkState
{
    [Id(0)] public string FuncId { get; set; } = "";

    [Id(1)] public string FuncCallKwargsJson { get; set; } = "{}";

    [Id(2)] public DateTimeOffset? ExpireTime { get; set; }

    [Id(3)] public Throttling? Throttling { get; set; }

    [Id(4)] public string Origin { get; set; } = "API";

    [Id(5)] public bool ShowInDoc { get; set; }

    [Id(6)] public bool IsDisabled { get; set; }

    [Id(7)] public string? Note { get; set; }

    [Id(8)] public string? TagsJson { get; set; }

    [Id(9)] public int? TaskRecordLimit { get; set; }

    [Id(10)] public DateTimeOffset CreateTime { get; set; }

    [Id(11)] public DateTimeOffset UpdateTime { get; set; }

    [Id(12)] public string? ApiAuthId { get; set; }

    /// <summary>The job that added it.</summary>
    [Id(13)] public string? JobId { get; set; }
}

/// <summary>What long windows have used. A state of its own, so that counting does not touch the link and its list row.</summary>
[GenerateSerializer, Alias("dff.auth-link-usage")]
public sealed class AuthLinkUsage
{
    /// <summary>By the rule's name.</summary>
    [Id(0)] public Dictionary<string, StoredWindow> Windows { get; set; } = [];
}

/// <param name="Index">The window's number since 1970.</param>
/// <param name="Count">Calls that may have been admitted in it: the true count is at most this.</param>
[GenerateSerializer, Immutable, Alias("dff.stored-window")]
public sealed record StoredWindow([property: Id(0)] long Index, [property: Id(1)] int Count);
