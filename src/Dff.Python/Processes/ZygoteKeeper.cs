using Microsoft.Extensions.Logging;

namespace Dff.Python.Processes;

/// <summary>Sees to it that there is a zygote: starts the next one when one ends.</summary>
/// <param name="lost">Called when a zygote and so all its workers are gone, before the next one starts.</param>
/// <param name="ready">Called when the next one is ready.</param>
internal sealed class ZygoteKeeper(Func<CancellationToken, Task<Zygote>> start, Action lost, Action ready, ILogger logger) : IAsyncDisposable
{
    // Before the first try too: a zygote that ends as soon as it is ready must not cost a processor.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private Task _keeping = Task.CompletedTask;

    /// <summary>Null while there is none.</summary>
    public Zygote? Current { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Current = await start(cancellationToken).ConfigureAwait(false);
        Announce(Current);
        _keeping = KeepAsync(Current);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (Current is { } zygote) await zygote.DisposeAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task KeepAsync(Zygote zygote)
    {
        while (true)
        {
            await zygote.Gone.ConfigureAwait(false);
            Current = null;
            if (!_stopping.IsCancellationRequested) EngineLog.ZygoteLost(logger, zygote.ProcessId);
            lost();
            if (_stopping.IsCancellationRequested || await StartNextAsync().ConfigureAwait(false) is not { } next) return;
            await zygote.DisposeAsync().ConfigureAwait(false);
            zygote = next;
            Current = next;
            if (_stopping.IsCancellationRequested) await next.DisposeAsync().ConfigureAwait(false);
            else
            {
                Announce(next);
                ready();
            }
        }
    }

    /// <summary>Null when the engine stops meanwhile.</summary>
    private async Task<Zygote?> StartNextAsync()
    {
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            await Task.Delay(delay, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                return await start(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return null;
            }
            catch (Exception exception) when (exception is PythonEngineException or System.ComponentModel.Win32Exception)
            {
                EngineLog.ZygoteFailed(logger, exception, delay);
            }
        }
    }

    private void Announce(Zygote zygote)
    {
        EngineLog.EngineReady(logger, zygote.Facts.Version, zygote.Facts.Executable, zygote.Facts.Isolation, string.Join(", ", zygote.Facts.Drivers));
        foreach (var warning in zygote.Facts.Warnings) EngineLog.ZygoteWarning(logger, warning);
    }
}
