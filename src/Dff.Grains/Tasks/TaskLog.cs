using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Dff.Abstractions.Tasks;

namespace Dff.Grains.Tasks;

/// <summary>Passes the log of one run on to its feed while it grows, many lines in one message where they come fast.</summary>
internal sealed class TaskLog : IAsyncDisposable
{
    private const int MostLinesAtOnce = 1000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Not bounded here: the log of a call is.
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ITaskFeedGrain _feed;
    private readonly Task _passing;

    public TaskLog(ITaskFeedGrain feed)
    {
        _feed = feed;
        _passing = PassOnAsync();
    }

    public void Add(string line) => _lines.Writer.TryWrite(line);

    /// <summary>Waits until everything is in the feed, so that nothing comes after the end.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.Complete();
        await _passing.ConfigureAwait(false);
    }

    private async Task PassOnAsync()
    {
        var isReachable = true;
        while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var lines = new List<string>();
            while (lines.Count < MostLinesAtOnce && _lines.Reader.TryRead(out var line)) lines.Add(line);
            if (!isReachable) continue;
            try
            {
                await _feed.AppendAsync(TaskEvent.Log, JsonSerializer.Serialize(new { lines }, Json)).ConfigureAwait(false);
            }
            catch (Exception error) when (error is Orleans.Runtime.OrleansException or TimeoutException)
            {
                // The silo with the feed is gone, and so are its followers. The whole log is in the outcome.
                isReachable = false;
            }
        }
    }
}
