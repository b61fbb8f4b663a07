using Dff.Storage.AuthLinks;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Scripts;

namespace Dff.Storage.Tests;

/// <summary>Rows as the grains write them.</summary>
internal static class Rows
{
    public static Task<long> ProjectLinkAsync(StoreDatabase database, string id, long version, string? note = null, string funcId = "none__none.none", string? tags = null) =>
        new AuthLinkRepository(database, new ChangeLog(database, TimeProvider.System)).ProjectAsync(
            new AuthLinkProjection
            {
                Id = id,
                FuncId = funcId,
                FuncCallKwargsJSON = new RawJson("{}"),
                TagsJSON = tags is null ? null : new RawJson(tags),
                Origin = "user",
                Note = note,
                CreateTime = DateTimeOffset.UtcNow,
                UpdateTime = DateTimeOffset.UtcNow,
                GrainVersion = version,
            },
            CancellationToken.None);

    public static ScriptProjection Script(string id, long version, string draft = "", string? title = null, int publishVersion = 0, string? code = null, params string[] functions)
    {
        var set = id[..id.IndexOf("__", StringComparison.Ordinal)];
        return new ScriptProjection
        {
            Id = id,
            ScriptSetId = set,
            Title = title,
            CodeDraft = draft,
            CodeDraftMD5 = "d",
            Code = code,
            CodeMD5 = code is null ? null : "c",
            PublishVersion = publishVersion,
            CreateTime = DateTimeOffset.UnixEpoch.AddMilliseconds(1_700_000_000_123),
            UpdateTime = DateTimeOffset.UtcNow,
            Functions = [.. functions.Select((name, index) => new FuncProjection { Id = $"{id}.{name}", ScriptSetId = set, ScriptId = id, Name = name, Title = $"Title of {name}", Definition = $"{name}()", DefOrder = index })],
            GrainVersion = version,
        };
    }
}
