using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Crontab;

/// <summary>The list rows of crontab configs, and who holds which scope and content.</summary>
public sealed class CrontabConfigRepository(StoreDatabase database)
{
    private const string Own = """
        c.id, c.funcId, c.funcCallKwargsJSON, c.crontab, c.fixedCrontab, c.timezone, c.misfirePolicy, c.misfireGraceSeconds, c.overlapPolicy, c.tagsJSON, c.saveResult,
        c.scope, c.configMD5, c.expireTime, c.origin, c.isDisabled, c.taskRecordLimit, c.note, c.createTime, c.updateTime
        """;

    private static readonly string[] Columns =
    [
        "id", "funcId", "funcCallKwargsJSON", "crontab", "fixedCrontab", "timezone", "misfirePolicy", "misfireGraceSeconds", "overlapPolicy", "tagsJSON", "saveResult", "scope", "configMD5",
        "expireTime", "origin", "isDisabled", "taskRecordLimit", "note", "searchText", "createTime", "updateTime", "grainVersion",
    ];

    private static readonly ListDefinition List = new()
    {
        Columns = $"c.seq, {Own}, {FunctionJoin.Columns}",
        From = $"crontab_config c {FunctionJoin.On("c.funcId")}",
        CountFrom = "crontab_config c LEFT JOIN func f ON f.id = c.funcId",
        Filters = new Dictionary<string, string>
        {
            ["id"] = "c.id",
            ["funcId"] = "c.funcId",
            ["scope"] = "c.scope",
            ["origin"] = "c.origin",
            // No config has one: they are made by callers, or by their function.
            ["originId"] = "NULL",
            ["func_scriptSetId"] = "f.scriptSetId",
            ["func_scriptId"] = "f.scriptId",
        },
        TagFilters = new Dictionary<string, string> { ["tags"] = "c.tagsJSON", ["func_tags"] = "f.tagsJSON" },
        Sorts = new Dictionary<string, string> { ["seq"] = "c.seq", ["funcId"] = "c.funcId" },
        SearchText = "c.searchText",
    };

    public async Task<ListResult<CrontabConfigRow>> ListAsync(ListQuery query, bool withCounts, CancellationToken cancellationToken)
    {
        var list = await List.RunAsync<CrontabConfigRow>(database, query, cancellationToken);
        if (!withCounts || list.Rows.Count == 0) return list;
        var counted = new List<CrontabConfigRow>();
        foreach (var rows in list.Rows.Chunk(500))
        {
            var ids = rows.Select(row => row.Id).ToList();
            var tasks = await CountsAsync("SELECT originId AS Id, COUNT(*) AS Number FROM task WHERE originId IN @ids AND origin = 'crontab' GROUP BY originId", ids, cancellationToken);
            var skips = await CountsAsync("SELECT configId AS Id, SUM(skipCount) AS Number FROM crontab_skip WHERE configId IN @ids GROUP BY configId", ids, cancellationToken);
            counted.AddRange(rows.Select(row => row with { TaskInfoCount = tasks.GetValueOrDefault(row.Id), SkipCount = skips.GetValueOrDefault(row.Id) }));
        }

        return list with { Rows = counted };
    }

    public async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken) =>
        await database.QueryFirstAsync<string>("SELECT id FROM crontab_config WHERE id = @id", new { id }, cancellationToken) is not null;

    /// <summary>The configs whose function is in this script.</summary>
    public async Task<IReadOnlyList<string>> FindByScriptAsync(string scriptId, CancellationToken cancellationToken) =>
        // A dot follows the script's ID; the next character after it ends the range.
        await database.QueryAsync<string>("SELECT id FROM crontab_config WHERE funcId >= @from AND funcId < @before", new { from = $"{scriptId}.", before = $"{scriptId}/" }, cancellationToken);

    /// <summary>Claims scope and content for a config, unless another one holds them.</summary>
    /// <param name="lapsed">The holder that is known not to hold them any more; null: none.</param>
    /// <returns>Who holds them now.</returns>
    public async Task<string> ClaimAsync(string scope, string configMD5, string id, string? lapsed, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await database.WriteAsync(
                    async (connection, transaction) =>
                    {
                        if (lapsed is not null)
                        {
                            await connection.ExecuteAsync(
                                "UPDATE crontab_claim SET configId = @id WHERE scope = @scope AND configMD5 = @configMD5 AND configId = @lapsed", new { scope, configMD5, id, lapsed }, transaction);
                        }

                        var holder = await connection.QueryFirstOrDefaultAsync<string>(
                            "SELECT configId FROM crontab_claim WHERE scope = @scope AND configMD5 = @configMD5", new { scope, configMD5 }, transaction);
                        if (holder is not null) return holder;
                        await connection.ExecuteAsync("INSERT INTO crontab_claim (scope, configMD5, configId) VALUES (@scope, @configMD5, @id)", new { scope, configMD5, id }, transaction);
                        return id;
                    },
                    cancellationToken);
            }
            catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
            {
                // Somebody was first at this very moment; now it is to be seen who.
            }
        }
    }

    /// <summary>Who holds scope and content; null: nobody.</summary>
    public Task<string?> FindClaimantAsync(string scope, string configMD5, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<string>("SELECT configId FROM crontab_claim WHERE scope = @scope AND configMD5 = @configMD5", new { scope, configMD5 }, cancellationToken);

    public Task ReleaseClaimAsync(string scope, string configMD5, string id, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync(
            "DELETE FROM crontab_claim WHERE scope = @scope AND configMD5 = @configMD5 AND configId = @id", new { scope, configMD5, id }, transaction),
        cancellationToken);

    public Task ProjectAsync(CrontabConfigProjection row, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => ProjectionWrite.UpsertAsync(
            connection,
            transaction,
            "crontab_config",
            """
            funcId = @FuncId, funcCallKwargsJSON = @FuncCallKwargsJSON, crontab = @Crontab, fixedCrontab = @FixedCrontab, timezone = @Timezone, misfirePolicy = @MisfirePolicy,
            misfireGraceSeconds = @MisfireGraceSeconds, overlapPolicy = @OverlapPolicy, tagsJSON = @TagsJSON, saveResult = @SaveResult, scope = @Scope, configMD5 = @ConfigMD5,
            expireTime = @ExpireTime, origin = @Origin, isDisabled = @IsDisabled, taskRecordLimit = @TaskRecordLimit, note = @Note, searchText = @SearchText, createTime = @CreateTime,
            updateTime = @UpdateTime
            """,
            Columns,
            row.Id,
            row.GrainVersion,
            new DynamicParameters(row).With("SearchText", SearchText.Of(row.Id, row.FuncId, row.Scope, row.Note))),
        cancellationToken);

    /// <summary>Deletes the row with all that is recorded of the config but its tasks.</summary>
    public Task DeleteAsync(string id, long grainVersion, CancellationToken cancellationToken) => database.WriteAsync(
        async (connection, transaction) =>
        {
            await connection.ExecuteAsync("DELETE FROM crontab_claim WHERE configId = @id", new { id }, transaction);
            await connection.ExecuteAsync("DELETE FROM crontab_cursor WHERE configId = @id", new { id }, transaction);
            await connection.ExecuteAsync("DELETE FROM crontab_skip WHERE configId = @id", new { id }, transaction);
            return await connection.ExecuteAsync("DELETE FROM crontab_config WHERE id = @id AND grainVersion <= @grainVersion", new { id, grainVersion }, transaction);
        },
        cancellationToken);

    private async Task<Dictionary<string, long>> CountsAsync(string sql, List<string> ids, CancellationToken cancellationToken) =>
        (await database.QueryAsync<Counted>(sql, new { ids }, cancellationToken)).ToDictionary(row => row.Id, row => row.Number, StringComparer.Ordinal);

    private sealed record Counted
    {
        public string Id { get; init; } = "";

        public long Number { get; init; }
    }
}
