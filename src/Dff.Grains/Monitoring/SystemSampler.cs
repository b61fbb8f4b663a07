using Dff.Abstractions.Configuration;
using Dff.Abstractions.Monitoring;
using Dff.Grains.Clustering;
using Dff.Python;
using Dff.Storage.Connections;
using Dff.Storage.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Monitoring;

/// <summary>
/// Takes the figures of this node once a minute and keeps those of 12 h, in memory: a node that starts has none. What all nodes share, the store and its queues,
/// is measured by the oldest one.
/// </summary>
public sealed partial class SystemSampler(
    IPythonEngine engine, StoreDatabase store, TaskMonitorRepository tasks, WorkerOptions worker, OldestSilo oldest, TimeProvider time, ILogger<SystemSampler> logger) : BackgroundService
{
    public const int IntervalSeconds = 60;
    public const int KeptSeconds = 12 * 60 * 60;

    private readonly StatRing _ring = new(KeptSeconds / IntervalSeconds);
    private readonly ProcessorUse _processors = new(time);
    private readonly SemaphoreSlim _sampling = new(1, 1);

    public IReadOnlyList<StatSeries> Series() => _ring.Series();

    /// <summary>Forgets all samples; the next one is taken at once.</summary>
    public async Task ClearAsync()
    {
        _ring.Clear();
        await SampleAsync(CancellationToken.None);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(IntervalSeconds), time);
        try
        {
            do await SampleAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task SampleAsync(CancellationToken stoppingToken)
    {
        await _sampling.WaitAsync(stoppingToken);
        var figures = new List<Figure>();
        try
        {
            AddOfNode(figures);
            if (oldest.IsThis) await AddSharedAsync(figures, stoppingToken);
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested)
        {
            // What could be measured is kept.
            SampleIncomplete(error);
        }
        finally
        {
            _sampling.Release();
        }

        _ring.Add(time.GetUtcNow(), figures);
    }

    private void AddOfNode(List<Figure> figures)
    {
        var pools = engine.GetReport().Pools;
        figures.Add(new Figure("siloCPUPercent", _processors.ReadSilo()));
        if (_processors.ReadMachine() is { } machine) figures.Add(new Figure("machineCPUPercent", machine));
        if (ProcessMemory.MachinePercent() is { } memory) figures.Add(new Figure("machineMemoryPercent", memory));
        figures.Add(new Figure("siloMemoryBytes", Environment.WorkingSet));
        figures.Add(new Figure("workerMemoryBytes", ProcessMemory.ResidentBytes(pools.SelectMany(pool => pool.ProcessIds))));
        figures.Add(new Figure("workerProcesses", pools.Sum(pool => pool.Processes)));
        figures.Add(new Figure("workersBusy", pools.Sum(pool => pool.Busy)));
        figures.Add(new Figure("callsWaiting", pools.Sum(pool => pool.Waiting)));
    }

    private async Task AddSharedAsync(List<Figure> figures, CancellationToken stoppingToken)
    {
        var lengths = (await tasks.GetQueueLengthsAsync(stoppingToken)).ToDictionary(length => length.Queue, length => length.Count);
        figures.AddRange(Enumerable.Range(0, worker.QueueCount).Select(queue => new Figure("queueLength", lengths.GetValueOrDefault(queue), queue)));
        if (await store.SizeAsync(stoppingToken) is { } bytes) figures.Add(new Figure("storeBytes", bytes));
    }

    [LoggerMessage(EventId = 295, EventName = "SampleIncomplete", Level = LogLevel.Warning, Message = "Not all figures of this minute could be taken")]
    private partial void SampleIncomplete(Exception error);
}
