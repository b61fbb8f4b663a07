using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Python;
using Dff.Storage.SystemConfigs;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.SystemConfigs;

/// <summary>
/// What this silo's configuration says where no system config overrules it. A change reaches the worker pools and the pumps of every silo before it is answered;
/// calls that run go on, also where there are too many of them now.
/// </summary>
public sealed partial class RunTimeSettings(
    SystemConfigRepository rows, WorkerOptions worker, RecordOptions records, IPythonEngine engine, ILogger<RunTimeSettings> logger) : IChangeHandler
{
    private volatile Values _values = new(worker.Concurrency, worker.ConcurrencyByQueue, records.RowLimits);

    /// <summary>A queue may have so many processes now.</summary>
    public event Action<int, int>? ConcurrencyChanged;

    public int ConcurrencyOf(int queue) => _values.ByQueue.GetValueOrDefault(queue, _values.Concurrency);

    public int RowLimitOf(string table) => _values.RowLimits.GetValueOrDefault(table, LimitedTables.Defaults[table]);

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        keys.Any(RunTimeKeys.All.Contains) ? ReloadAsync(cancellationToken) : Task.CompletedTask;

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var set = (await rows.GetAsync([.. RunTimeKeys.All], cancellationToken)).ToDictionary(row => row.Id, row => row.Value, StringComparer.Ordinal);
        _values = new Values(
            Read(set, RunTimeKeys.Concurrency, RunTimeKeys.ParseConcurrency, worker.Concurrency),
            Read(set, RunTimeKeys.ConcurrencyByQueue, value => RunTimeKeys.ParseConcurrencyByQueue(value, worker.QueueCount), worker.ConcurrencyByQueue),
            Read(set, RunTimeKeys.RowLimits, RunTimeKeys.ParseRowLimits, records.RowLimits));
        for (var queue = 0; queue < worker.QueueCount; queue++)
        {
            engine.SetConcurrency(queue, ConcurrencyOf(queue));
            ConcurrencyChanged?.Invoke(queue, ConcurrencyOf(queue));
        }
    }

    /// <summary>It was checked when it was set, but perhaps by a node that has other queues.</summary>
    private T Read<T>(Dictionary<string, string> set, string key, Func<string, T> parse, T otherwise)
    {
        if (!set.TryGetValue(key, out var value)) return otherwise;
        try
        {
            return parse(value);
        }
        catch (FormatException error)
        {
            Unusable(key, error.Message);
            return otherwise;
        }
    }

    [LoggerMessage(EventId = 170, EventName = "SystemConfigUnusable", Level = LogLevel.Warning, Message = "The system config {Key} cannot be used on this node, its own configuration counts: {Why}")]
    private partial void Unusable(string key, string why);

    private sealed record Values(int Concurrency, IReadOnlyDictionary<int, int> ByQueue, IReadOnlyDictionary<string, int> RowLimits);
}
