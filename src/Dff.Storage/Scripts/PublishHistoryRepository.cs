using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Scripts;

/// <summary>Every published version of every script, with its code; scripts write them.</summary>
public sealed class PublishHistoryRepository(StoreDatabase database)
{
    private const string Own = "h.seq, h.id, h.scriptId, h.scriptPublishVersion, h.note, h.createTime, h.updateTime";

    private static readonly ListDefinition List = Define("");
    private static readonly ListDefinition ListWithCode = Define(", h.scriptCode_cache AS ScriptCodeCache");

    public Task<ListResult<PublishHistoryRow>> ListAsync(ListQuery query, bool withCode, CancellationToken cancellationToken) =>
        (withCode ? ListWithCode : List).RunAsync<PublishHistoryRow>(database, query, cancellationToken);

    private static ListDefinition Define(string codeColumn) => new()
    {
        Columns = Own + codeColumn,
        From = "script_publish_history h",
        CountFrom = "script_publish_history h",
        Filters = new Dictionary<string, string> { ["id"] = "h.id", ["scriptId"] = "h.scriptId", ["scriptPublishVersion"] = "h.scriptPublishVersion" },
        Sorts = new Dictionary<string, string> { ["seq"] = "h.seq" },
        SearchText = "LOWER(COALESCE(h.note, ''))",
        FullText = "h.scriptCode_cache LIKE @fullText ESCAPE '!'",
        DefaultSort = "h.seq DESC",
    };
}
