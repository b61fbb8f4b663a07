namespace Dff.Grains.Scripts;

/// <summary>All of a script in one row of the grain store: a publish is one write, seen whole or not at all.</summary>
[GenerateSerializer, Alias("dff.script-state")]
public sealed class ScriptState
{
    [Id(0)] public string? Title { get; set; }

    [Id(1)] public string? Description { get; set; }

    [Id(2)] public string CodeDraft { get; set; } = "";

    [Id(3)] public string CodeDraftMd5 { get; set; } = "";

    [Id(4)] public string? Code { get; set; }

    [Id(5)] public string? CodeMd5 { get; set; }

    [Id(6)] public int PublishVersion { get; set; }

    /// <summary>JSON array in the shape of <c>exportedAPIFuncs</c>.</summary>
    [Id(7)] public string FunctionsJson { get; set; } = "[]";

    [Id(8)] public string? LockedByUserId { get; set; }

    [Id(9)] public DateTimeOffset CreateTime { get; set; }

    [Id(10)] public DateTimeOffset UpdateTime { get; set; }

    [Id(11)] public string? PublishNote { get; set; }

    [Id(12)] public DateTimeOffset? PublishTime { get; set; }
}

[GenerateSerializer, Alias("dff.script-set-state")]
public sealed class ScriptSetState
{
    [Id(0)] public string? Title { get; set; }

    [Id(1)] public string? Description { get; set; }

    [Id(2)] public string? Requirements { get; set; }

    [Id(3)] public bool IsPinned { get; set; }

    [Id(4)] public string? LockedByUserId { get; set; }

    [Id(5)] public DateTimeOffset CreateTime { get; set; }

    [Id(6)] public DateTimeOffset UpdateTime { get; set; }

    /// <summary>Set before the scripts are deleted, so that a crash in between is carried on and not left half.</summary>
    [Id(7)] public bool IsBeingDeleted { get; set; }
}
