using System.Collections.Concurrent;
using System.Data.Common;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Storage.Changes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Grains.Caching;

/// <summary>
/// See <see cref="IChangeFeed"/>. In a cluster every silo reads the change log each second, which renews its lease of 5 s: what it remembers is then at least
/// as new as the moment that read began. So a change is in force everywhere once every silo has answered the announcement, or, for one that does not,
/// 5 s later. A single silo makes all changes itself and needs no lease.
/// </summary>
public sealed partial class ChangeFeed(ChangeLog log, ChangeFeedOptions options, IServiceProvider services, TimeProvider time, ILogger<ChangeFeed> logger)
    : IChangeFeed, IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, List<IChangeHandler>> _handlers = [];
    private readonly SemaphoreSlim _applying = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private long _applied = -1;
    private long _validUntil = long.MinValue;
    private Task _renewal = Task.CompletedTask;

    public void Subscribe(string kind, IChangeHandler handler)
    {
        if (!_handlers.TryGetValue(kind, out var handlers)) _handlers[kind] = handlers = [];
        handlers.Add(handler);
    }

    /// <summary>Fills the memories; the silo may serve after it.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await CatchUpAsync(0, cancellationToken);
        if (options.IsCluster) _renewal = RenewAsync();
    }

    public ValueTask EnsureCurrentAsync(CancellationToken cancellationToken)
    {
        if (!options.IsCluster || time.GetTimestamp() < Volatile.Read(ref _validUntil)) return ValueTask.CompletedTask;
        return new ValueTask(RenewOrFailAsync(cancellationToken));
    }

    public async Task AnnounceAsync(long sequence, CancellationToken cancellationToken)
    {
        var committed = time.GetTimestamp();
        await CatchUpAsync(sequence, cancellationToken);
        if (!options.IsCluster) return;
        var silos = services.GetRequiredService<SiloWatch>();
        var me = services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        var answers = await Task.WhenAll(silos.NotLongDead(Lease).Where(silo => !silo.Equals(me)).Select(silo => TellAsync(silo, sequence)));
        if (answers.All(answered => answered)) return;
        var rest = Lease - time.GetElapsedTime(committed);
        if (rest > TimeSpan.Zero) await Task.Delay(rest, time, cancellationToken);
    }

    /// <summary>Applies what the log says until <paramref name="sequence"/> at least.</summary>
    public async Task CatchUpAsync(long sequence, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        await _applying.WaitAsync(cancellationToken);
        try
        {
            if (_applied >= sequence && sequence > 0) return;
            // Taken again: somebody may have read the log while we waited, but a lease counts from a read of our own.
            began = time.GetTimestamp();
            await ReadLogAsync(cancellationToken);
        }
        finally
        {
            _applying.Release();
        }

        Volatile.Write(ref _validUntil, Math.Max(Volatile.Read(ref _validUntil), began + (long)(Lease.TotalSeconds * time.TimestampFrequency)));
    }

    public async ValueTask DisposeAsync()
    {
        // Known to the container under two names, and so disposed of twice.
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        await _renewal;
    }

    private async Task ReadLogAsync(CancellationToken cancellationToken)
    {
        if (_applied < 0)
        {
            // What is loaded after this number was read is at least as new as the number.
            var current = await log.CurrentAsync(cancellationToken);
            foreach (var handler in _handlers.Values.SelectMany(handlers => handlers).Distinct()) await handler.ReloadAsync(cancellationToken);
            _applied = current;
            return;
        }

        var changes = await log.ReadSinceAsync(_applied, cancellationToken);
        if (!changes.IsComplete)
        {
            _applied = -1;
            await ReadLogAsync(cancellationToken);
            return;
        }

        foreach (var kind in changes.Entries.GroupBy(change => change.Kind))
        {
            if (!_handlers.TryGetValue(kind.Key, out var handlers)) continue;
            var keys = kind.Select(change => change.EntityKey).Distinct(StringComparer.Ordinal).ToList();
            foreach (var handler in handlers) await handler.ApplyAsync(keys, cancellationToken);
        }

        if (changes.Entries.Count > 0) _applied = changes.Entries[^1].Seq;
    }

    private async Task RenewOrFailAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CatchUpAsync(0, cancellationToken);
        }
        catch (DbException error)
        {
            throw new DffException(ErrorReason.SysDatabase, $"This node is cut off from the store and may not answer from memory any longer: {error.Message}");
        }
    }

    private async Task RenewAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(RenewEvery, time, _stopping.Token);
                await CatchUpAsync(0, _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // The lease runs out if this goes on; until then, and after it, the next round tries again.
                RenewalFailed(error);
            }
        }
    }

    private async Task<bool> TellAsync(SiloAddress silo, long sequence)
    {
        try
        {
            await services.GetRequiredService<SiloChangesClient>().On(silo).CatchUpAsync(sequence).WaitAsync(AnswerLimit, time, _stopping.Token);
            return true;
        }
        catch (Exception error)
        {
            NoAnswer(silo, sequence, error);
            return false;
        }
    }

    [LoggerMessage(EventId = 100, EventName = "ChangeLogUnreadable", Level = LogLevel.Warning, Message = "The change log cannot be read; this node serves from memory until its lease ends")]
    private partial void RenewalFailed(Exception error);

    [LoggerMessage(EventId = 101, EventName = "ChangeNotAcknowledged", Level = LogLevel.Warning, Message = "Silo {Silo} did not acknowledge change {Sequence}; waiting until its lease has ended")]
    private partial void NoAnswer(SiloAddress silo, long sequence, Exception error);
}

public sealed record ChangeFeedOptions(bool IsCluster);
