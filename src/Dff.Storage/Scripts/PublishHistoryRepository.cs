using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Scripts;

/// <summary>Every published version of every script, with its code; scripts write them.</summary>
public sealed class PublishHistoryRepository(StoreDatabase database)
{
    private const int MostDeleted = 200;
    private const string Own = "h.seq, h.id, h.scriptId, h.scriptPublishVersion, h.note, h.createTime, h.updateTime";

    private static readonly ListDefinition List = Define("");
    private static readonly ListDefinition ListWithCode = Define(", h.scriptCode_cache AS ScriptCodeCache");

    public Task<ListResult<PublishHistoryRow>> ListAsync(ListQuery query, bool withCode, CancellationToken cancellationToken) =>
        (withCode ? ListWithCode : List).RunAsync<PublishHistoryRow>(database, query, cancellationToken);

    /// <summary>Deletes the oldest versions beyond the latest <paramref name="kept"/>; not the one that runs, nor any of the last day, which calls under way may still ask for.</summary>
    public async Task TrimAsync(int kept, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var last = await database.QueryFirstAsync<long?>($"SELECT seq FROM script_publish_history ORDER BY seq DESC LIMIT 1 OFFSET {kept}", null, cancellationToken);
        if (last is null) return;
        IReadOnlyList<long> old;
        do
        {
            old = await database.QueryAsync<long>(
                $"""
                SELECT h.seq FROM script_publish_history h JOIN script p ON p.id = h.scriptId
                WHERE h.seq <= @last AND h.scriptPublishVersion < p.publishVersion AND h.createTime < @yesterday ORDER BY h.seq LIMIT {MostDeleted}
                """,
                new { last, yesterday = now.AddDays(-1) },
                cancellationToken);
            if (old.Count == 0) return;
            await database.WriteAsync((connection, transaction) => connection.ExecuteAsync("DELETE FROM script_publish_history WHERE seq IN @old", new { old }, transaction), cancellationToken);
        }
        while (old.Count == MostDeleted);
    }

    private static ListDefinition Define(string codeColumn) => new()
    {
        Columns = Own + codeColumn,
        From = "script_publish_history h",
        CountFrom = "script_publish_history h",
        Filters = new Dictionary<string, string> { ["id"] = "h.id", ["scriptId"] = "h.scriptId", ["scriptPublishVersion"] = "h.scriptPublishVersion" },
        Sorts = new Dictionary<string, string> { ["seq"] = "h.seq" },
        SearchText = "LOWER(COALESCE(h.note, ''))",
        FullText = "h.scriptCode_cache LIKE @fullText ESCAPE '!'",
    };
}
