using Dff.Storage;
using Dff.Storage.AuthLinks;

namespace Dff.Grains.AuthLinks;

/// <summary>The row that follows from a state.</summary>
internal static class AuthLinkRows
{
    public static AuthLinkProjection Of(string id, AuthLinkState link, long version) => new()
    {
        Id = id,
        FuncId = link.FuncId,
        FuncCallKwargsJSON = new RawJson(link.FuncCallKwargsJson),
        ExpireTime = link.ExpireTime,
        ThrottlingJSON = link.Throttling is { } limits ? ThrottlingJson.Of(limits) : null,
        Origin = link.Origin,
        ShowInDoc = link.ShowInDoc,
        IsDisabled = link.IsDisabled,
        Note = link.Note,
        TagsJSON = link.TagsJson is { } tags ? new RawJson(tags) : null,
        TaskRecordLimit = link.TaskRecordLimit,
        ApiAuthId = link.ApiAuthId,
        CreateTime = link.CreateTime,
        UpdateTime = link.UpdateTime,
        GrainVersion = version,
    };
}
