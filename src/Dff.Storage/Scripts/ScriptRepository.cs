using System.Data.Common;
using Dapper;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Scripts;

/// <summary>The rows of scripts: list row, code, functions and history, all of which follow the script grain's state in one transaction.</summary>
public sealed class ScriptRepository(StoreDatabase database, ChangeLog changes, TimeProvider time)
{
    private const string Kind = "script";

    private const string Joined = """
        , s.id AS SsetId, s.title AS SsetTitle, s.description AS SsetDescription, s.lockedByUserId AS SsetLockedByUserId
        """;

    private const string Own = "p.seq, p.id, p.scriptSetId, p.title, p.description, p.publishVersion, p.type, p.codeMD5, p.codeDraftMD5, p.lockedByUserId, p.createTime, p.updateTime";

    private static readonly ListDefinition List = Define("", "");
    private static readonly ListDefinition ListWithCode = Define(", c.code, c.codeDraft", " JOIN script_code c ON c.id = p.id");

    public Task<ListResult<ScriptRow>> ListAsync(ListQuery query, bool withCode, CancellationToken cancellationToken) =>
        (withCode ? ListWithCode : List).RunAsync<ScriptRow>(database, query, cancellationToken);

    public Task<ScriptRow?> FindAsync(string id, CancellationToken cancellationToken) => database.QueryFirstAsync<ScriptRow>(
        $"SELECT {Own}{Joined}, c.code, c.codeDraft FROM script p JOIN script_code c ON c.id = p.id LEFT JOIN script_set s ON s.id = p.scriptSetId WHERE p.id = @id",
        new { id },
        cancellationToken);

    public Task<IReadOnlyList<PublishedVersionRow>> GetPublishedVersionsAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<PublishedVersionRow>("SELECT id, publishVersion, codeMD5 FROM script WHERE publishVersion > 0", null, cancellationToken);

    public Task<PublishedVersionRow?> GetPublishedVersionAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<PublishedVersionRow>("SELECT id, publishVersion, codeMD5 FROM script WHERE id = @id AND publishVersion > 0", new { id }, cancellationToken);

    /// <summary>The code of one published version; null when the script is gone.</summary>
    public Task<string?> GetCodeAsync(string scriptId, int version, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<string>(
            "SELECT scriptCode_cache FROM script_publish_history WHERE scriptId = @scriptId AND scriptPublishVersion = @version", new { scriptId, version }, cancellationToken);

    public Task<IReadOnlyList<ScriptOfSetRow>> GetIdsOfSetAsync(string scriptSetId, CancellationToken cancellationToken) =>
        database.QueryAsync<ScriptOfSetRow>("SELECT id, lockedByUserId FROM script WHERE scriptSetId = @scriptSetId ORDER BY seq", new { scriptSetId }, cancellationToken);

    /// <summary>The scripts of a set by the grains' own states, which know those whose rows have not been written yet too.</summary>
    public Task<IReadOnlyList<string>> GetStoredIdsOfSetAsync(string scriptSetId, CancellationToken cancellationToken) => database.QueryAsync<string>(
        """
        SELECT GrainIdExtensionString FROM OrleansStorage
        WHERE ServiceId = 'dff' AND GrainTypeString = 'script' AND PayloadBinary IS NOT NULL AND GrainIdN0 = 0 AND GrainIdN1 = 0
          AND GrainIdExtensionString >= @from AND GrainIdExtensionString < @before
        """,
        new { from = $"{scriptSetId}__", before = $"{scriptSetId}_`" },
        cancellationToken);

    public Task<long> ProjectAsync(ScriptProjection row, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await WriteRowsAsync(connection, transaction, row);
            return await changes.AppendAsync(connection, transaction, Kind, row.Id);
        },
        cancellationToken);

    public Task<long> DeleteAsync(string id, long grainVersion, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await DeleteRowsAsync(connection, transaction, id, grainVersion);
            return await changes.AppendAsync(connection, transaction, Kind, id);
        },
        cancellationToken);

    /// <summary>Writes the rows in the transaction of a larger change, which appends to the change log itself.</summary>
    public async Task WriteRowsAsync(DbConnection connection, DbTransaction transaction, ScriptProjection row)
    {
        var parameters = new DynamicParameters(row).With("Type", "python").With("SearchText", SearchText.Of(row.Id, row.Title, row.Description));
        var isWritten = await ProjectionWrite.UpsertAsync(
            connection,
            transaction,
            "script",
            """
            title = @Title, description = @Description, publishVersion = @PublishVersion, codeMD5 = @CodeMD5, codeDraftMD5 = @CodeDraftMD5,
            lockedByUserId = @LockedByUserId, searchText = @SearchText, createTime = @CreateTime, updateTime = @UpdateTime
            """,
            ["id", "scriptSetId", "title", "description", "publishVersion", "type", "codeMD5", "codeDraftMD5", "lockedByUserId", "searchText", "createTime", "updateTime", "grainVersion"],
            row.Id,
            row.GrainVersion,
            parameters);
        if (isWritten) await WriteFollowersAsync(connection, transaction, row);
    }

    /// <summary>Deletes the rows in the transaction of a larger change, which appends to the change log itself.</summary>
    public async Task DeleteRowsAsync(DbConnection connection, DbTransaction transaction, string id, long grainVersion)
    {
        if (await connection.ExecuteAsync("DELETE FROM script WHERE id = @id AND grainVersion <= @grainVersion", new { id, grainVersion }, transaction) == 0) return;
        await AutoRunRepository.NoteAsync(connection, transaction, id, 0, hasAny: false, time.GetUtcNow());
        foreach (var sql in (string[])["DELETE FROM script_code WHERE id = @id", "DELETE FROM func WHERE scriptId = @id", "DELETE FROM script_publish_history WHERE scriptId = @id"])
            await connection.ExecuteAsync(sql, new { id }, transaction);
    }

    private static async Task WriteFollowersAsync(DbConnection connection, DbTransaction transaction, ScriptProjection row)
    {
        var code = new { row.Id, row.Code, row.CodeDraft };
        if (await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM script_code WHERE id = @Id", code, transaction) > 0)
            await connection.ExecuteAsync("UPDATE script_code SET code = @Code, codeDraft = @CodeDraft WHERE id = @Id", code, transaction);
        else
            await connection.ExecuteAsync("INSERT INTO script_code (id, code, codeDraft) VALUES (@Id, @Code, @CodeDraft)", code, transaction);
        if (row.PublishVersion == 0) return;
        var version = new { row.Id, row.PublishVersion };
        if (await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM script_publish_history WHERE scriptId = @Id AND scriptPublishVersion = @PublishVersion", version, transaction) > 0) return;
        await connection.ExecuteAsync(
            """
            INSERT INTO script_publish_history (id, scriptId, scriptPublishVersion, scriptCode_cache, note, createTime, updateTime)
            VALUES (@historyId, @Id, @PublishVersion, @Code, @PublishNote, @time, @time)
            """,
            new { historyId = ShortId.New("scph"), row.Id, row.PublishVersion, row.Code, row.PublishNote, time = row.PublishTime ?? row.UpdateTime },
            transaction);
        await AutoRunRepository.NoteAsync(
            connection, transaction, row.Id, row.PublishVersion, row.Functions.Any(function => function.Integration == AutoRunRepository.Integration), row.PublishTime ?? row.UpdateTime);
        await connection.ExecuteAsync("DELETE FROM func WHERE scriptId = @Id", version, transaction);
        await connection.ExecuteAsync(
            """
            INSERT INTO func (id, scriptSetId, scriptId, name, title, description, definition, argsJSON, kwargsJSON, extraConfigJSON, category, integration, tagsJSON, defOrder,
              searchText, createTime, updateTime)
            VALUES (@Id, @ScriptSetId, @ScriptId, @Name, @Title, @Description, @Definition, @ArgsJSON, @KwargsJSON, @ExtraConfigJSON, @Category, @Integration, @TagsJSON, @DefOrder,
              @searchText, @time, @time)
            """,
            row.Functions.Select(function => new DynamicParameters(function)
                .With("searchText", SearchText.Of(function.Id, function.Title, function.Description))
                .With("time", row.PublishTime ?? row.UpdateTime)),
            transaction);
    }

    private static ListDefinition Define(string codeColumns, string codeJoin) => new()
    {
        Columns = Own + Joined + codeColumns,
        From = "script p LEFT JOIN script_set s ON s.id = p.scriptSetId" + codeJoin,
        CountFrom = "script p",
        Filters = new Dictionary<string, string> { ["id"] = "p.id", ["scriptSetId"] = "p.scriptSetId", ["scriptName"] = "SUBSTR(p.id, LENGTH(p.scriptSetId) + 3)" },
        Sorts = new Dictionary<string, string> { ["seq"] = "p.seq", ["id"] = "p.id", ["createTime"] = "p.createTime", ["updateTime"] = "p.updateTime" },
        SearchText = "p.searchText",
        FullText = """
            (p.id LIKE @fullText ESCAPE '!'
              OR EXISTS (SELECT 1 FROM script_code x WHERE x.id = p.id AND (x.code LIKE @fullText ESCAPE '!' OR x.codeDraft LIKE @fullText ESCAPE '!')))
            """,
    };
}
