using System.Data.Common;
using System.Globalization;
using Dapper;
using Dff.Storage.ApiAuths;
using Dff.Storage.Connections;
using Dff.Storage.Secrets;

namespace Dff.Benchmarks;

/// <summary>Fills a store with copies of the rows of <see cref="StoreSamples"/>, states of grains among them, while no silo runs on it.</summary>
internal sealed class StoreFilling(StoreDatabase database, StoreSamples samples, SecretBox box)
{
    public const int Sets = 100;
    public const int Scripts = 10_000;
    public const int AuthLinks = 10_000;
    public const int ShownAuthLinks = 100;
    public const int CrontabConfigs = 10_000;
    public const int Batches = 1_000;
    public const int Others = 1_000;
    public const int OperationRecords = 50_000;
    public const int ScriptRecords = 50_000;
    public const int Tasks = 300_000;

    private const string Set = $"CONCAT('set_', n.i % 100)";
    private const string Script = $"CONCAT('set_', n.i % 100, '__report_', n.i % 10000)";
    private const string Function = $"CONCAT('set_', n.i % 100, '__report_', n.i % 10000, '.run')";

    /// <summary>Of the row that is copied; the later the number, the later the time.</summary>
    private static readonly (string, string)[] Times = [("createTime", "r.createTime - 1000 * (1000000 - n.i)"), ("updateTime", "r.updateTime - 1000 * (1000000 - n.i)")];

    public async Task RunAsync()
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await FillNumbersAsync(connection);
        // A single word is taken for the name of a procedure.
        await connection.ExecuteAsync(database.IsSqlite ? "BEGIN TRANSACTION" : "START TRANSACTION");
        await FillScriptsAsync(connection);
        await FillCallsAsync(connection);
        await FillRecordsAsync(connection);
        await FillTasksAsync(connection);
        await connection.ExecuteAsync("COMMIT;");

        // What a server does by itself some time after so much was written.
        if (!database.IsSqlite) await connection.ExecuteAsync("ANALYZE TABLE task, task_result, task_log, operation_record, script, func, auth_link, crontab_config, script_log, script_failure");
    }

    private async Task FillScriptsAsync(DbConnection connection)
    {
        await CopyStateAsync(connection, "script-set", StoreSamples.ScriptSet, "CONCAT('set_', n.i)", Sets);
        await CopyAsync(connection, "script_set", StoreSamples.ScriptSet, Sets, [("id", "CONCAT('set_', n.i)"), ("searchText", "CONCAT('set_', n.i, ' report')"), ("grainVersion", "1"), .. Times]);
        await CopyStateAsync(connection, "script", StoreSamples.Script, Script, Scripts);
        await CopyAsync(
            connection, "script", StoreSamples.Script, Scripts,
            [("id", Script), ("scriptSetId", Set), ("title", "CONCAT('Report number ', n.i)"), ("searchText", $"CONCAT({Script}, ' report number ', n.i)"), ("grainVersion", "1"), .. Times]);
        await CopyAsync(connection, "script_code", StoreSamples.Script, Scripts, [("id", Script)]);
        await CopyAsync(connection, "func", StoreSamples.Function, Scripts, [("id", Function), ("scriptSetId", Set), ("scriptId", Script), ("searchText", $"CONCAT({Function}, ' report')"), .. Times]);
        await CopyAsync(
            connection, "script_publish_history", StoreSamples.Script, Scripts,
            [("id", "CONCAT('scph-report-', n.i)"), ("scriptId", Script), .. Times], key: "scriptId");
    }

    private async Task FillCallsAsync(DbConnection connection)
    {
        await CopyStateAsync(connection, "auth-link", StoreSamples.AuthLink, "CONCAT('auln-report-', n.i)", AuthLinks);
        await CopyAsync(
            connection, "auth_link", StoreSamples.AuthLink, AuthLinks,
            [("id", "CONCAT('auln-report-', n.i)"), ("funcId", Function), ("tagsJSON", """'["report"]'"""), ("searchText", $"CONCAT('auln-report-', n.i, ' ', {Function})"), ("grainVersion", "1"), .. Times]);
        await CopyStateAsync(connection, "auth-link", StoreSamples.ShownAuthLink, "CONCAT('auln-shown-', n.i)", ShownAuthLinks);
        await CopyAsync(
            connection, "auth_link", StoreSamples.ShownAuthLink, ShownAuthLinks,
            [("id", "CONCAT('auln-shown-', n.i)"), ("funcId", Function), ("searchText", $"CONCAT('auln-shown-', n.i, ' ', {Function})"), ("grainVersion", "1"), .. Times]);
        await CopyStateAsync(connection, "batch", StoreSamples.Batch, "CONCAT('bat-report-', n.i)", Batches);
        await CopyAsync(
            connection, "batch", StoreSamples.Batch, Batches,
            [("id", "CONCAT('bat-report-', n.i)"), ("funcId", Function), ("searchText", $"CONCAT('bat-report-', n.i, ' ', {Function})"), ("grainVersion", "1"), .. Times]);
        await CopyStateAsync(connection, "crontab-config", StoreSamples.CrontabConfig, "CONCAT('cron-report-', n.i)", CrontabConfigs);
        await CopyAsync(
            connection, "crontab_config", StoreSamples.CrontabConfig, CrontabConfigs,
            [("id", "CONCAT('cron-report-', n.i)"), ("funcId", Function), ("searchText", $"CONCAT('cron-report-', n.i, ' ', {Function})"), ("grainVersion", "1"), .. Times]);
        await connection.ExecuteAsync(
            $"""
            INSERT INTO crontab_skip (configId, reason, fromTime, toTime, skipCount)
            SELECT CONCAT('cron-report-', n.i % 100), 'overlap', n.i * 1000, n.i * 1000, 1 FROM numbers n WHERE n.i < {CrontabConfigs}
            """);
    }

    private async Task FillRecordsAsync(DbConnection connection)
    {
        await CopyNamedAsync(connection, "env_variable", StoreSamples.EnvVariable, "variable");
        await CopyNamedAsync(connection, "system_config", StoreSamples.SystemConfig, "config", hasSearchText: false);
        await CopyNamedAsync(connection, "api_auth", samples.ApiAuth, "aath-report");
        // What is sealed opens in its own place only.
        var config = await connection.QueryFirstAsync<string>("SELECT configJSON FROM api_auth WHERE id = @ApiAuth", new { samples.ApiAuth });
        var opened = box.Open(config, ApiAuthRow.PlaceOf(samples.ApiAuth));
        await connection.ExecuteAsync(
            "UPDATE api_auth SET configJSON = @sealedConfig WHERE id = @id",
            Enumerable.Range(0, Others).Select(number => string.Create(CultureInfo.InvariantCulture, $"aath-report-{number}")).Select(id => new { id, sealedConfig = box.Seal(opened, ApiAuthRow.PlaceOf(id)) }));
        await CopyNamedAsync(connection, "access_key", samples.AccessKey, "ak-report");
        await CopyAsync(
            connection, "dff_user", samples.User, Others, [("id", "CONCAT('u-report-', n.i)"), ("username", "CONCAT('report', n.i)"), ("searchText", "CONCAT('report', n.i, ' a report')"), .. Times]);
        await connection.ExecuteAsync(
            $$"""
            INSERT INTO data_source (id, title, type, configJSON, secretFieldsJSON, configVersion, isBuiltin, isPinned, searchText, createTime, updateTime)
            SELECT CONCAT('source_report_', n.i), 'A report', 'redis', '{"host":"redis.example.org"}', '[]', '1', 0, 0, CONCAT('source_report_', n.i, ' a report'), n.i, n.i
            FROM numbers n WHERE n.i < {{Others}}
            """);
        foreach (var history in (string[])["script_recover_point", "script_set_export_history", "script_set_import_history"])
            await CopyAsync(connection, history, "", Others, [("id", "CONCAT('report-', n.i)"), ("searchText", "CONCAT('a report ', n.i)"), .. Times], key: "");
        await connection.ExecuteAsync(
            """
            INSERT INTO slow_api_count (id, reqMethod, reqRoute, slowCount, totalCost, maxCost, latestCost, createTime, updateTime)
            SELECT CONCAT('report-', n.i), 'GET', CONCAT('/api/v1/report-', n.i), 1, 1000, 1000, 1000, n.i, n.i FROM numbers n WHERE n.i < 100
            """);
        await connection.ExecuteAsync(
            $$"""
            INSERT INTO func_store (scope, storeKey, valueJSON, createTime, updateTime)
            SELECT '{{StoreSamples.Script}}', CONCAT('report-', n.i), '{"x": 1}', n.i, n.i FROM numbers n WHERE n.i < {{Others}}
            """);
        await CopyAsync(
            connection, "user_session", samples.Administrator, 100,
            [("id", "CONCAT('report-', n.i)"), ("tokenHash", "CONCAT('report-', n.i)")], key: "userId");
        await CopyAsync(
            connection, "operation_record", "/api/v1/crontab-configs/do/add", OperationRecords,
            [("id", "CONCAT('oprd-report-', n.i)"), ("traceId", "CONCAT('trace-', n.i)"), ("searchText", "CONCAT(r.searchText, ' oprd-report-', n.i, ' trace-', n.i)"), .. Times], key: "reqRoute");
        foreach (var table in (string[])["script_log", "script_failure"])
        {
            await CopyAsync(
                connection, table, StoreSamples.Function, ScriptRecords, [("id", $"CONCAT('{table}-report-', n.i)"), ("funcId", Function), ("taskId", "CONCAT('task-report-', n.i)"), .. Times], key: "funcId");
        }
    }

    private async Task FillTasksAsync(DbConnection connection)
    {
        const string Owner = "CASE n.i % 3 WHEN 0 THEN CONCAT('bat-report-', n.i % 1000) WHEN 1 THEN CONCAT('cron-report-', n.i % 10000) ELSE r.originId END";
        const string Id = "CONCAT('task-report-', n.i)";
        var sample = $"CASE n.i % 3 WHEN 0 THEN '{samples.Tasks[0]}' WHEN 1 THEN '{samples.Tasks[1]}' ELSE '{samples.Tasks[2]}' END";
        await CopyAsync(connection, "task", sample, Tasks, [("id", Id), ("originId", Owner), ("funcId", Function)], isExpression: true);
        await CopyAsync(connection, "task_result", sample, Tasks, [("id", Id)], isExpression: true);
        await CopyAsync(connection, "task_log", sample, Tasks, [("id", Id)], isExpression: true);
        await CopyAsync(connection, "crontab_run", sample, Tasks, [("id", Id)], isExpression: true);
    }

    private Task CopyNamedAsync(DbConnection connection, string table, string sample, string name, bool hasSearchText = true) => CopyAsync(
        connection, table, sample, Others, [("id", $"CONCAT('{name}-', n.i)"), .. hasSearchText ? [("searchText", $"CONCAT('{name}-', n.i, ' a report')")] : ((string, string)[])[], .. Times]);

    /// <param name="key">The column that names the sample; empty: any row will do.</param>
    /// <param name="columns">What differs from the sample: n.i is the number of the copy, r the sample.</param>
    private async Task CopyAsync(DbConnection connection, string table, string sample, int count, (string Column, string Value)[] columns, string key = "id", bool isExpression = false)
    {
        var differing = columns.ToDictionary(column => column.Column, column => column.Value);
        var all = (await ColumnsAsync(connection, table)).ToList();
        var values = all.Select(column => differing.GetValueOrDefault(column, $"r.{column}"));
        var source = key.Length == 0 ? $"(SELECT * FROM {table} LIMIT 1) r" : isExpression ? $"{table} r ON r.{key} = {sample}" : $"(SELECT * FROM {table} WHERE {key} = '{sample}' LIMIT 1) r";
        var copied = await connection.ExecuteAsync(
            $"INSERT INTO {table} ({string.Join(", ", all)}) SELECT {string.Join(", ", values)} FROM numbers n JOIN {source} {(isExpression ? "AND" : "ON")} n.i < {count} ORDER BY n.i",
            commandTimeout: 300);
        if (copied == 0) throw new InvalidOperationException($"{table} has no sample {sample}");
    }

    private static Task CopyStateAsync(DbConnection connection, string kind, string sample, string key, int count) => connection.ExecuteAsync(
        $"""
        INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainTypeHash, GrainIdHash, PayloadBinary, ModifiedOn, Version)
        SELECT r.ServiceId, r.GrainTypeString, 0, 0, {key}, r.GrainTypeHash, r.GrainIdHash, r.PayloadBinary, r.ModifiedOn, 1
        FROM numbers n JOIN (SELECT * FROM OrleansStorage WHERE GrainTypeString = '{kind}' AND GrainIdExtensionString = '{sample}' LIMIT 1) r ON n.i < {count}
        """);

    /// <summary>Those that can be written: not the number that the store gives, nor what it computes.</summary>
    private async Task<IEnumerable<string>> ColumnsAsync(DbConnection connection, string table) => (await connection.QueryAsync<string>(
        database.IsSqlite
            ? $"SELECT name FROM pragma_table_info('{table}') WHERE name <> 'seq'"
            : $"SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{table}' AND column_name <> 'seq' AND extra NOT LIKE '%GENERATED%'")).ToList();

    private static async Task FillNumbersAsync(DbConnection connection)
    {
        const string Digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE numbers (i INTEGER NOT NULL PRIMARY KEY)");
        var places = Enumerable.Range(0, 6).Select(place => string.Create(CultureInfo.InvariantCulture, $"{Math.Pow(10, place)} * d{place}.d"));
        var tables = Enumerable.Range(0, 6).Select(place => string.Create(CultureInfo.InvariantCulture, $"{Digits} d{place}"));
        await connection.ExecuteAsync($"INSERT INTO numbers SELECT {string.Join(" + ", places)} AS i FROM {string.Join(", ", tables)} ORDER BY i");
    }
}
