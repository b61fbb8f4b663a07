using Dff.Storage.Connections;

namespace Dff.Storage.Overview;

/// <summary>The store at a glance.</summary>
public sealed class OverviewRepository(StoreDatabase database)
{
    private const int MostOperations = 10;

    /// <summary>Kind of record → table.</summary>
    private static readonly (string Kind, string Table)[] Counted =
    [
        ("scriptSet", "script_set"), ("script", "script"), ("func", "func"), ("authLink", "auth_link"), ("batch", "batch"), ("crontabConfig", "crontab_config"),
        ("dataSource", "data_source"), ("envVariable", "env_variable"), ("user", "dff_user"),
    ];

    private static readonly string Counts = string.Join(" UNION ALL ", Counted.Select(counted => $"SELECT '{counted.Kind}' AS Name, COUNT(*) AS Total FROM {counted.Table}"));

    public async Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken cancellationToken) =>
        (await database.QueryAsync<CountRow>(Counts, null, cancellationToken)).ToDictionary(row => row.Name, row => row.Total);

    public Task<IReadOnlyList<ScriptOverviewRow>> GetScriptsAsync(CancellationToken cancellationToken) => database.QueryAsync<ScriptOverviewRow>(
        """
        SELECT p.id, p.scriptSetId, p.title, p.publishVersion, p.codeMD5, p.codeDraftMD5,
          (SELECT COUNT(*) FROM func f WHERE f.scriptId = p.id) AS FuncCount,
          (SELECT COUNT(*) FROM func f JOIN auth_link a ON a.funcId = f.id WHERE f.scriptId = p.id) AS AuthLinkCount,
          (SELECT COUNT(*) FROM func f JOIN batch b ON b.funcId = f.id WHERE f.scriptId = p.id) AS BatchCount,
          (SELECT COUNT(*) FROM func f JOIN crontab_config c ON c.funcId = f.id WHERE f.scriptId = p.id) AS CrontabConfigCount
        FROM script p ORDER BY p.id
        """,
        null,
        cancellationToken);

    public Task<IReadOnlyList<OperationOverviewRow>> GetLatestOperationsAsync(CancellationToken cancellationToken) => database.QueryAsync<OperationOverviewRow>(
        $"SELECT id, userId, username, clientId, reqMethod, reqRoute, reqParamsJSON, reqCost, respStatusCode, createTime FROM operation_record ORDER BY seq DESC LIMIT {MostOperations}", null, cancellationToken);

    private sealed record CountRow
    {
        public string Name { get; init; } = "";

        public long Total { get; init; }
    }
}

/// <summary>A script, and what hangs on its functions.</summary>
public sealed record ScriptOverviewRow
{
    public string Id { get; init; } = "";

    public string ScriptSetId { get; init; } = "";

    public string? Title { get; init; }

    /// <summary>0: never published.</summary>
    public int PublishVersion { get; init; }

    public string? CodeMD5 { get; init; }

    /// <summary>Other than that of the code: the draft has been edited since it was published.</summary>
    public string? CodeDraftMD5 { get; init; }

    public long FuncCount { get; init; }

    public long AuthLinkCount { get; init; }

    public long BatchCount { get; init; }

    public long CrontabConfigCount { get; init; }
}

public sealed record OperationOverviewRow
{
    public string Id { get; init; } = "";

    public string? UserId { get; init; }

    public string? Username { get; init; }

    public string? ClientId { get; init; }

    public string ReqMethod { get; init; } = "";

    public string ReqRoute { get; init; } = "";

    public RawJson? ReqParamsJSON { get; init; }

    /// <summary>Milliseconds.</summary>
    public long ReqCost { get; init; }

    public int RespStatusCode { get; init; }

    public DateTimeOffset CreateTime { get; init; }
}
