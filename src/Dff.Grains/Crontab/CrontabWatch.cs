using System.Threading.Channels;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Crontab;
using Dff.Storage.Crontab;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Crontab;

/// <summary>
/// Tells configs that their script was published or deleted, because its function may have another <c>fixed_crontab</c> now. A config that is not reached
/// finds out by itself when it next looks, which it does once a day at least.
/// </summary>
public sealed partial class CrontabWatch(IGrainFactory grains, CrontabConfigRepository rows, ILogger<CrontabWatch> logger) : BackgroundService, IChangeHandler
{
    private readonly Channel<string> _scripts = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var script in keys) _scripts.Writer.TryWrite(script);
        return Task.CompletedTask;
    }

    public Task ReloadAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var script in _scripts.Reader.ReadAllAsync(stoppingToken)) await TellAsync(script, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task TellAsync(string script, CancellationToken stoppingToken)
    {
        try
        {
            foreach (var id in await rows.FindByScriptAsync(script, stoppingToken)) await grains.GetGrain<ICrontabConfigGrain>(id).CheckAsync();
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested)
        {
            NotTold(script, error);
        }
    }

    [LoggerMessage(EventId = 230, EventName = "CrontabNotTold", Level = LogLevel.Warning, Message = "Not all crontab configs of script {Script} could be told that it has changed; they look by themselves later")]
    private partial void NotTold(string script, Exception error);
}
