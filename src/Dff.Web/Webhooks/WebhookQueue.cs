using System.Threading.Channels;
using Dff.Storage.AccessKeys;
using Dff.Storage.Operations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dff.Web.Webhooks;

/// <summary>
/// Events on their way to webhooks, in memory and bounded: the request that causes one never waits, and where receivers do not keep up, further events are
/// dropped and counted in the log. Events under way are lost when the node ends; the operation records are not.
/// </summary>
public sealed partial class WebhookQueue(WebhookSubscriptions subscriptions, WebhookSender sender, ILogger<WebhookQueue> logger) : BackgroundService
{
    private const int MostWaiting = 1_000;
    private const int SentAtOnce = 8;
    private const int LogEvery = 100;

    private readonly Channel<(AccessKeyRow Key, WebhookEvent Event)> _waiting = Channel.CreateBounded<(AccessKeyRow, WebhookEvent)>(MostWaiting);
    private long _dropped;

    public bool HasListeners => !subscriptions.IsEmpty;

    public void Publish(string eventName, OperationRecordRow record)
    {
        foreach (var key in subscriptions.To(eventName))
        {
            var what = new WebhookEvent(
                record.Id, eventName, record.CreateTime, record.UserId, record.Username, record.ClientId, record.TraceId, record.ReqMethod, record.ReqRoute, record.ReqParamsJSON, record.ReqBodyJSON);
            if (!_waiting.Writer.TryWrite((key, what)) && Interlocked.Increment(ref _dropped) % LogEvery == 1) Dropped(Interlocked.Read(ref _dropped));
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, SentAtOnce).Select(_ => SendWaitingAsync(stoppingToken)));

    private async Task SendWaitingAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var (key, what) in _waiting.Reader.ReadAllAsync(stoppingToken)) await SendAsync(key, what, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task SendAsync(AccessKeyRow key, WebhookEvent what, CancellationToken stoppingToken)
    {
        // A key that has been deleted, or whose user has been disabled, signs nothing any more.
        if (!subscriptions.IsCurrent(key)) return;
        try
        {
            var status = await sender.SendAsync(key, what, stoppingToken);
            if (status is < 200 or >= 300) Refused(key.Id, what.Event, status);
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested)
        {
            NotSent(key.Id, what.Event, error);
        }
    }

    [LoggerMessage(EventId = 240, EventName = "WebhookDropped", Level = LogLevel.Warning, Message = "{Count} webhook events have been dropped since the start, because receivers do not keep up")]
    private partial void Dropped(long count);

    [LoggerMessage(EventId = 241, EventName = "WebhookRefused", Level = LogLevel.Warning, Message = "The webhook of access key {KeyId} answered {Status} to {Event}")]
    private partial void Refused(string keyId, string @event, int status);

    [LoggerMessage(EventId = 242, EventName = "WebhookNotSent", Level = LogLevel.Warning, Message = "The webhook of access key {KeyId} could not be sent {Event}")]
    private partial void NotSent(string keyId, string @event, Exception error);
}
