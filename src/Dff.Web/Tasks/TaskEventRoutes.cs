using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Users;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Tasks;

/// <summary>What happens in a run, as server-sent events; from any silo, and from where a broken connection left off.</summary>
public sealed class TaskEventRoutes(IGrainFactory grains, TimeProvider time)
{
    // Longer than this without a byte, and some proxies close the connection.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(60);

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/tasks/{id}/events", "The log of a run while it grows, and its end, as server-sent events", FollowAsync)
        {
            Tag = "Tasks", Privilege = Privileges.GeneralRead, IsRaw = true,
            Description = "Events: log {lines[]}, end (the envelope that the caller got; {ok, isTooLarge: true} where it is larger than 1 MiB), wait {} while nothing happens, "
                + "lost {} when the node that held the log is gone, unknown {} when no such run began within a minute. "
                + "The header Last-Event-ID carries on after that event. Runs of drafts can be followed by the options.taskId that they were started with.",
        },
    ];

    private Task<ApiAnswer> FollowAsync(ApiContext context)
    {
        if (context.Id.Length > 64) throw DffException.BadRequest("id", "id: at most 64 characters are accepted");
        var after = LastEventId(context.Http);
        return Task.FromResult(ApiAnswer.OfRaw(http =>
        {
            http.Response.Headers["X-Accel-Buffering"] = "no";
            return TypedResults.ServerSentEvents(EventsAsync(grains.GetGrain<ITaskFeedGrain>(context.Id), after, http.RequestAborted)).ExecuteAsync(http);
        }));
    }

    private static long LastEventId(HttpContext http)
    {
        string? given = http.Request.Headers["Last-Event-ID"];
        if (string.IsNullOrEmpty(given)) return 0;
        return long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw DffException.BadRequest("Last-Event-ID", "Last-Event-ID: the number of an event is expected");
    }

    private async IAsyncEnumerable<SseItem<string>> EventsAsync(ITaskFeedGrain feed, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var read = await feed.ReadAsync(after, Silence).WaitAsync(cancellationToken);
            foreach (var next in read.Events)
            {
                yield return new SseItem<string>(next.Json, next.Name) { EventId = next.Id.ToString(CultureInfo.InvariantCulture) };
                if (next.Name == TaskEvent.End) yield break;
                after = next.Id;
            }

            if (read.Events.Count > 0) continue;
            if (read.IsLost || (after == 0 && time.GetElapsedTime(began) > BeginLimit))
            {
                yield return new SseItem<string>("{}", read.IsLost ? "lost" : "unknown");
                yield break;
            }

            yield return new SseItem<string>("{}", "wait");
        }
    }
}
