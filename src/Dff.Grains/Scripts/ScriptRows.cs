using Dff.Abstractions.Scripts;
using Dff.Storage.Scripts;

namespace Dff.Grains.Scripts;

/// <summary>The rows that follow from a state.</summary>
internal static class ScriptRows
{
    public static ScriptProjection Of(string id, ScriptState script, long version) => new()
    {
        Id = id,
        ScriptSetId = ScriptIds.SetOf(id),
        Title = script.Title,
        Description = script.Description,
        PublishVersion = script.PublishVersion,
        Code = script.Code,
        CodeMD5 = script.CodeMd5,
        CodeDraft = script.CodeDraft,
        CodeDraftMD5 = script.CodeDraftMd5,
        LockedByUserId = script.LockedByUserId,
        CreateTime = script.CreateTime,
        UpdateTime = script.UpdateTime,
        Functions = FunctionRows.Parse(id, script.FunctionsJson),
        PublishNote = script.PublishNote,
        PublishTime = script.PublishTime,
        GrainVersion = version,
    };

    public static ScriptSetProjection Of(string id, ScriptSetState set, long version) => new()
    {
        Id = id,
        Title = set.Title,
        Description = set.Description,
        Requirements = set.Requirements,
        IsPinned = set.IsPinned,
        LockedByUserId = set.LockedByUserId,
        CreateTime = set.CreateTime,
        UpdateTime = set.UpdateTime,
        GrainVersion = version,
    };
}
