namespace Dff.Abstractions.Configuration;

/// <summary>How much is kept of what grows by itself.</summary>
public sealed class RecordOptions
{
    [ConfigKey(
        RunTimeKeys.RowLimits,
        "Rows kept of a table: a map of table to number; tables that it does not name keep their default",
        DefaultText = "50000 of operation records, 30000 of task infos, results, and the logs and failures of functions, 1000 of the publish, export and import histories and of recover points")]
    public Dictionary<string, int> RowLimits { get; set; } = [];
}

/// <summary>The tables whose oldest rows go, by the names that the original gave them.</summary>
public static class LimitedTables
{
    public const string CrontabTaskInfo = "biz_main_crontab_task_info";
    public const string BatchTaskInfo = "biz_main_batch_task_info";

    /// <summary>All other queued tasks.</summary>
    public const string TaskResult = "biz_main_task_result_dataflux_func";
    public const string ScriptLog = "biz_main_script_log";
    public const string ScriptFailure = "biz_main_script_failure";
    public const string PublishHistory = "biz_main_script_publish_history";

    public const string RecoverPoint = "biz_main_script_recover_point";
    public const string ExportHistory = "biz_main_script_set_export_history";
    public const string ImportHistory = "biz_main_script_set_import_history";

    public const string OperationRecord = "biz_main_operation_record";

    public static IReadOnlyDictionary<string, int> Defaults { get; } = new Dictionary<string, int>
    {
        [CrontabTaskInfo] = 30_000,
        [BatchTaskInfo] = 30_000,
        [TaskResult] = 30_000,
        [ScriptLog] = 30_000,
        [ScriptFailure] = 30_000,
        [PublishHistory] = 1000,
        [RecoverPoint] = 1000,
        [ExportHistory] = 1000,
        [ImportHistory] = 1000,
        [OperationRecord] = 50_000,
    };

    /// <exception cref="FormatException">A table is unknown, or a number out of range.</exception>
    public static void Require(IReadOnlyDictionary<string, int> limits)
    {
        foreach (var (table, limit) in limits)
        {
            if (!Defaults.ContainsKey(table)) throw new FormatException($"{table} is not one of {string.Join(", ", Defaults.Keys)}");
            if (limit is < 0 or > 10_000_000) throw new FormatException($"{table}: 0 to 10000000 rows can be kept, not {limit}");
        }
    }
}
