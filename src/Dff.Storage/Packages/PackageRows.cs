namespace Dff.Storage.Packages;

/// <summary>A dump of all script sets, scripts and functions to go back to; the dump itself is not part of lists.</summary>
public sealed record RecoverPointRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    /// <summary>manual: made by a user; import: made by the system before it changed many scripts.</summary>
    public string Type { get; init; } = "";

    public string? Note { get; init; }

    /// <summary>How many there are of each kind.</summary>
    public RawJson SummaryJSON { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

public sealed record ExportHistoryRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string? Note { get; init; }

    public RawJson SummaryJSON { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

public sealed record ImportHistoryRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string? Note { get; init; }

    public RawJson SummaryJSON { get; init; }

    /// <summary>inProgress: scripts and links are in force, some crontab configs are still to follow; done.</summary>
    public string Status { get; init; } = "";

    /// <summary>What could not be carried out afterwards: {part, id, reason, message}.</summary>
    public RawJson FailuresJSON { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>A checked package that waits to be confirmed.</summary>
public sealed record PendingImportRow
{
    public string Id { get; init; } = "";

    public string UserId { get; init; } = "";

    public DateTimeOffset ExpireTime { get; init; }
}

/// <summary>What is still to be done for an import.</summary>
public sealed record FollowUpRow
{
    public long Seq { get; init; }

    public string ImportId { get; init; } = "";

    /// <summary>The package part that does it.</summary>
    public string Part { get; init; } = "";

    public string EntityId { get; init; } = "";

    public RawJson RowJSON { get; init; }
}
